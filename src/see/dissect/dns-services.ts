/** Where the parts are of records of DNS that tell of services (SVCB, HTTPS) and of certificates (CAA). Read first: RFC 9460 §2.2; RFC 8659 §4.1. */
import * as dns from '../../wire/dns.ts';
import { authorizationAt } from '../../wire/dns-services.ts';
import { isLatin1 } from './octet-text.ts';

/** Where the parameters of a service begin, behind its priority and its target; -1: the target is not whole. */
export function parametersAt(view: DataView, message: number, end: number, { from, to }: dns.Entry): number {
  if (to - from < 3) return -1;
  const at = dns.nameEnd(view, message, from + 2, end);
  return at > to ? -1 : at;
}

const PROPERTIES = ['issue', 'issuewild', 'iodef'] as const;

/** What a CAA record is about, by its tag; as in Wireshark letters of another case are unknown. */
export function propertyOf(view: DataView, { from, to }: dns.Entry): (typeof PROPERTIES)[number] | 'unknown' {
  const end = authorizationAt(view, from, to);
  return PROPERTIES.find((tag) => isLatin1(view, from + 2, end, tag)) ?? 'unknown';
}
