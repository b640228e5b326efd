/** Where things stand in the frames that a host makes. */
import * as ethernet from '../../wire/ethernet.ts';
import { HEADROOM } from '../../wire/frame.ts';

/** Where the IP header stands in every frame a host makes: behind room for an Ethernet header, on a multiple of 16. */
export const IP_AT: number = HEADROOM + ethernet.HEADER;
