/** What codes of PPP's control protocols are called, as Wireshark writes them. */
import { PROTOCOL } from './protocol.ts';

const CONTROL: readonly string[] = [
  'Vendor Specific',
  'Configuration Request',
  'Configuration Ack',
  'Configuration Nak',
  'Configuration Reject',
  'Termination Request',
  'Termination Ack',
  'Code Reject',
];
const LINK: readonly string[] = [
  ...CONTROL,
  'Protocol Reject',
  'Echo Request',
  'Echo Reply',
  'Discard Request',
  'Identification',
  'Time Remaining',
];
const COMPRESSION: ReadonlyMap<number, string> = new Map([
  [14, 'Reset Request'],
  [15, 'Reset Ack'],
]);

/** The name of a code of LCP or its kin. */
export function controlCodeName(protocol: number, code: number): string {
  if (protocol === PROTOCOL.LCP) return LINK[code] ?? 'Unknown';
  const own = protocol === PROTOCOL.CCP ? COMPRESSION.get(code) : undefined;
  return own ?? CONTROL[code] ?? 'Unknown';
}

export const papCodeName = (code: number): string =>
  ['', 'Authenticate-Request', 'Authenticate-Ack', 'Authenticate-Nak'][code] || 'Unknown';

export const chapCodeName = (code: number): string =>
  ['', 'Challenge', 'Response', 'Success', 'Failure'][code] || 'Unknown';
