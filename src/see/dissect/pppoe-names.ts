/** What codes and tags of PPPoE are called, as Wireshark writes them: data. Read first: RFC 2516 §5 and appendix A; RFC 4638; RFC 5578. */

export const PPPOE_CODES: Readonly<Record<number, string>> = {
  0: 'Session Data',
  7: 'Active Discovery Offer (PADO)',
  9: 'Active Discovery Initiation (PADI)',
  10: 'Active Discovery Session-Grant (PADG)',
  11: 'Active Discovery Session-Credit Resp.(PADC)',
  12: 'Active Discovery Quality (PADQ)',
  25: 'Active Discovery Request (PADR)',
  101: 'Active Discovery Session-confirmation (PADS)',
  167: 'Active Discovery Terminate (PADT)',
  211: 'Active Discovery Message (PADM)',
  212: 'Active Discovery Network (PADN)',
};

/** Tags that are more than text or octets. */
export const ACCESS_CONCENTRATOR = 258;
export const VENDOR = 261;
export const SEQUENCE_NUMBER = 264;
export const CREDIT_SCALE = 265;

/** Tags that are text, and tags that are octets. */
export const TEXT_TAGS: Readonly<Record<number, string>> = {
  257: 'Service-Name',
  [ACCESS_CONCENTRATOR]: 'AC-Name',
  513: 'Service-Name-Error',
  514: 'AC-System-Error',
  515: 'Generic-Error',
};
export const OCTET_TAGS: Readonly<Record<number, string>> = {
  259: 'Host-Uniq',
  260: 'AC-Cookie',
  262: 'Credits',
  263: 'Metrics',
  272: 'Relay-Session-Id',
  273: 'HURL',
  274: 'MOTM',
  288: 'PPP-Max-Payload',
  289: 'IP Route Add',
};
