/** What the scratch words of a program are for: the last ones say where headers are that stand at no fixed place, the others are for calculations. */
import { SCRATCH } from './instruction.ts';

/** Where the link header begins behind what the capture put before it, and where what it carries begins. */
export const LINK_HEADER: number = SCRATCH - 1;
export const LINK_PAYLOAD: number = SCRATCH - 2;

/** The same of what is in Geneve, and where the type of that is. */
export const INNER_HEADER: number = SCRATCH - 3;
export const INNER_PAYLOAD: number = SCRATCH - 4;
export const INNER_TYPE: number = SCRATCH - 5;

/** How many are left. */
export const FREE_WORDS: number = SCRATCH - 5;
