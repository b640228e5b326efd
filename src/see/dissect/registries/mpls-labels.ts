/** What labels of MPLS with a meaning of their own are called, as Wireshark writes them: data. Read first: RFC 3032 §2.1; IANA, "Special-Purpose MPLS Label Values". */

/** By label. */
export const MPLS_LABELS: Readonly<Record<number, string>> = {
  0: 'IPv4 Explicit-Null',
  1: 'Router Alert',
  2: 'IPv6 Explicit-Null',
  3: 'Implicit-Null',
  7: 'Entropy Label Indicator (ELI)',
  13: 'Generic Associated Channel Label (GAL)',
  14: 'OAM Alert',
};
