/** Fields of the entries of DNS messages: how they are declared. Not here: which there are (dns.ts, dns-records.ts). */
import * as dns from '../../../wire/dns.ts';
import * as udp from '../../../wire/udp.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue, FieldValues } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { decimal, type Format, layerField } from './kinds.ts';

const { DNS } = PROTOCOL;

/** DNS, or one of its relatives by their ports. */
export type DnsKind = 'dns' | 'mdns' | 'llmnr';

/** Which of them a layer is. */
export function dnsKind(dissection: Dissection, layer: number): DnsKind {
  let carrier = layer - 1;
  // Several may stand behind one another in a segment of TCP.
  while (dissection.protocols[carrier] === DNS) carrier--;
  const view = viewOf(dissection, carrier);
  const at = dissection.starts[carrier]!;
  const ports = [udp.sourcePort(view, at), udp.destinationPort(view, at)];
  if (ports.includes(dns.PORT)) return 'dns';
  return ports.includes(dns.MULTICAST_PORT) ? 'mdns' : 'llmnr';
}

/** How many entries of a message are looked at: a message of 64 KiB could have thirteen thousand. */
const MOST_ENTRIES = 1000;

/** The message that an entry is of. */
export interface Place {
  readonly view: DataView;
  readonly message: number;
  readonly end: number;
  readonly kind: DnsKind;
}

/** Takes what an entry has of a field. */
type TakeEntry = (entry: dns.Entry, place: Place, into: FieldValues) => void;

/** The values that the entries have. */
export function entriesField(
  name: string,
  type: FieldType,
  title: string,
  take: TakeEntry,
  format: Format = decimal,
): Field {
  return layerField(
    DNS,
    name,
    type,
    title,
    (dissection, layer, into) => {
      if (dissection.problems[layer] !== 0) return;
      const place: Place = {
        view: viewOf(dissection, layer),
        message: dissection.starts[layer]!,
        end: dissection.ends[layer]!,
        kind: dnsKind(dissection, layer),
      };
      let left = MOST_ENTRIES;
      dns.eachEntry(place.view, place.message, place.end, (entry) => {
        take(entry, place, into);
        return --left > 0;
      });
    },
    format,
  );
}

/** A value of each entry that has one. */
export function entryField(
  name: string,
  type: FieldType,
  title: string,
  read: (entry: dns.Entry, place: Place) => FieldValue | undefined,
  format: Format = decimal,
): Field {
  return entriesField(
    name,
    type,
    title,
    (entry, place, into) => {
      const value = read(entry, place);
      if (value !== undefined) into.push(value);
    },
    format,
  );
}

export const isQuestion = (entry: dns.Entry): boolean => entry.section === 'question';
