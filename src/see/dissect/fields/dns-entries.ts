/** Fields of the entries of DNS messages: how they are declared. Not here: which there are (dns.ts, dns-records.ts). */
import * as dns from '../../../wire/dns.ts';
import * as udp from '../../../wire/udp.ts';
import { type Dissection, viewOf } from '../dissection.ts';
import type { Field, FieldType, FieldValue, FieldValues } from '../field.ts';
import { PROTOCOL } from '../protocol.ts';
import { allOf, decimal, type Format } from './kinds.ts';

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

/** How many entries of the messages in a frame are looked at: one of 64 KiB could have thirteen thousand. */
const MOST_ENTRIES = 1000;

/** The message that an entry is of. */
export interface Place {
  readonly view: DataView;
  readonly message: number;
  readonly end: number;
  readonly kind: DnsKind;
}

/** A message of DNS in a frame, and what it has. */
export interface DnsMessage extends Place {
  readonly entries: readonly dns.Entry[];
}

/** The messages in a frame. Some fifty fields look at their entries, which are read once. */
function messagesOf(dissection: Dissection): readonly DnsMessage[] {
  dissection.dnsMessages ??= readMessages(dissection);
  return dissection.dnsMessages;
}

function readMessages(dissection: Dissection): DnsMessage[] {
  const messages: DnsMessage[] = [];
  let left = MOST_ENTRIES;
  for (let layer = 0; layer < dissection.depth && left > 0; layer++) {
    if (dissection.protocols[layer] !== DNS || dissection.problems[layer] !== 0) continue;
    const view = viewOf(dissection, layer);
    const message = dissection.starts[layer]!;
    const end = dissection.ends[layer]!;
    const entries: dns.Entry[] = [];
    dns.eachEntry(view, message, end, (entry) => {
      entries.push(entry);
      return --left > 0;
    });
    messages.push({ view, message, end, kind: dnsKind(dissection, layer), entries });
  }
  return messages;
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
  return allOf(
    name,
    type,
    title,
    (dissection, into) => {
      for (const message of messagesOf(dissection)) for (const entry of message.entries) take(entry, message, into);
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
