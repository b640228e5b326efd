/** What the records of TLS in a segment are, by name, as far as they are not encrypted. Not here: where records end (framings.ts), what hellos say. Read first: RFC 8446 §4, §5.1, appendix B.3. */
import { APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, MESSAGE, RECORD, SERVER_HELLO } from '../../wire/tls.ts';
import { LONGEST_INFO } from './column-hint.ts';
import { TLS_FRAMING } from './framings.ts';

/** Where the octets of chance of a hello are, and how those begin of a server that asks for another hello. */
const RANDOM = 6;
const RETRY = 0xcf21ad74;

const MESSAGES: Readonly<Record<number, string>> = {
  0: 'Hello Request',
  1: 'Client Hello',
  2: 'Server Hello',
  4: 'New Session Ticket',
  8: 'Encrypted Extensions',
  11: 'Certificate',
  12: 'Server Key Exchange',
  13: 'Certificate Request',
  14: 'Server Hello Done',
  15: 'Certificate Verify',
  16: 'Client Key Exchange',
  20: 'Finished',
  22: 'Certificate Status',
};

/** Messages that stand in front of what is encrypted in version 1.2 and those before it, and nowhere else unencrypted. */
const PLAIN: ReadonlySet<number> = new Set([4, 11, 12, 13, 14, 16, 22]);

export const isPlainMessage = (type: number): boolean => PLAIN.has(type);

/** The column has no room for more, not even of the shortest. */
const MOST = Math.ceil(LONGEST_INFO / ', Finished'.length);

/** Adds the names of the records that are whole in `[from, to)`, one behind the other, until one that has none here. */
export function addRecordNames(names: string[], view: DataView, from: number, to: number): void {
  for (let at = from; at + RECORD <= to && names.length < MOST; ) {
    const length = TLS_FRAMING.length(view, at);
    if (length < 0 || at + length > to) return;
    switch (view.getUint8(at)) {
      case CHANGE_CIPHER_SPEC:
        names.push(CHANGED);
        break;
      case APPLICATION_DATA:
        names.push('Application Data');
        break;
      case HANDSHAKE:
        if (names.includes(CHANGED)) names.push('Encrypted Handshake Message');
        else if (!addMessageNames(names, view, at + RECORD, at + length)) return;
        break;
      default:
        return;
    }
    at += length;
  }
}

const CHANGED = 'Change Cipher Spec';

/** The same of the messages of a handshake in a record. @returns whether all are told */
function addMessageNames(names: string[], view: DataView, from: number, to: number): boolean {
  let at = from;
  while (at + MESSAGE <= to && names.length < MOST) {
    const name = MESSAGES[view.getUint8(at)];
    const end = at + MESSAGE + (view.getUint32(at) & 0xff_ffff);
    if (name === undefined || end > to) return false;
    const isRetry =
      view.getUint8(at) === SERVER_HELLO && at + RANDOM + 4 <= end && view.getUint32(at + RANDOM) === RETRY;
    names.push(isRetry ? 'Hello Retry Request' : name);
    at = end;
  }
  return at === to;
}
