/**
 * Proves cells of the table of events and states (src/rules/cells.ts): a block of lines is the event and what follows from it, played on a connection in the
 * cell's state. The lines are compared as in every ladder; beside them the table's own words are: the state after, the kinds of segments sent, what the
 * program was told and what became of octets.
 *
 * ```ts
 * prove('ESTABLISHED', 'SYN')`
 *   +0 < S 1:1(0) win 1000
 *   +0 > . 1:1(0) ack 1
 * `;
 * ```
 *
 * cells.test.ts lists the cells that no such call names.
 */
import { expect, test } from 'vitest';
import type { SeenPacket } from '../../../src/lab/drill/index.ts';
import { CELLS, type Event, type Fate, type Form, type Outcome } from '../../../src/rules/cells.ts';
import type { State } from '../../../src/rules/states.ts';
import type { Tcb } from '../../../src/speak/tcp/index.ts';
import * as tcp from '../../../src/wire/tcp.ts';
import * as wire from '../wire.ts';

/** Which of a cell's outcomes is proved, and on which connection. */
export interface Proof {
  /** The outcome's own `when`, where the cell has several. */
  readonly when?: string;
  /** Leads to the state; default: the opener of wire.ts. */
  readonly from?: () => wire.Ladder;
}

/** The opener of each state. */
const OPENERS: Readonly<Record<State, () => wire.Ladder>> = {
  CLOSED: wire.closed,
  LISTEN: wire.listening,
  'SYN-SENT': wire.synSent,
  'SYN-RECEIVED': wire.synReceived,
  ESTABLISHED: wire.established,
  'FIN-WAIT-1': wire.finWait1,
  'FIN-WAIT-2': wire.finWait2,
  'CLOSE-WAIT': wire.closeWait,
  CLOSING: wire.closing,
  'LAST-ACK': wire.lastAck,
  'TIME-WAIT': wire.timeWait,
};

/** A test that the cell's outcome is what happens. State and event are literals, so that cells.test.ts finds them. */
export function prove(state: State, event: Event, { when, from = OPENERS[state] }: Proof = {}): wire.Ladder['wire'] {
  const outcome = CELLS[state][event].outcomes.find((each) => each.when === when);
  if (outcome === undefined) throw new Error(`the table has no outcome for ${state}, ${event}, ${when ?? 'always'}`);
  return (lines, ...values) => {
    test(`${state}, ${event}${when === undefined ? '' : `, ${when}`}: ${outcome.says}`, () => {
      const ladder = from();
      expect(ladder.tcb.state).toBe(state);
      ladder.stage.told.length = 0;
      ladder.stage.sent.length = 0;
      const before = counts(ladder.tcb);
      ladder.wire(lines, ...values);
      const { tcb: after } = ladder;
      expect(after.state).toBe(outcome.to);
      expect(ladder.stage.sent.map(kindOf)).toEqual(outcome.sends.map((form) => KINDS[form]));
      expect([...ladder.stage.told].sort()).toEqual([...outcome.told].sort());
      // A successor's counts say nothing of those of the connection it replaced.
      if (after === before.tcb) expect(fates(before, counts(after), event)).toEqual(expectedFates(outcome));
      else expect(after.readable).toBe(0);
    });
  };
}

/** What each form looks like from outside: its flags, and whether it has octets. The numbers are in the lines. */
const KINDS: Readonly<Record<Form, string>> = {
  SYN: 'SYN',
  'SYN,ACK': 'SYN,ACK',
  ACK: 'ACK',
  octets: 'ACK with octets',
  FIN: 'FIN,ACK',
  'octets again': 'ACK with octets',
  'FIN again': 'FIN,ACK',
  'RST for an ACK': 'RST',
  'RST without an ACK': 'RST,ACK',
  'RST of an abort': 'RST,ACK',
};

function kindOf({ body }: SeenPacket): string {
  if (body.kind !== 'tcp') return body.kind;
  const names = [];
  if (body.flags & tcp.SYN) names.push('SYN');
  if (body.flags & tcp.FIN) names.push('FIN');
  if (body.flags & tcp.RST) names.push('RST');
  if (body.flags & tcp.ACK) names.push('ACK');
  return `${names.join(',')}${body.length > 0 ? ' with octets' : ''}`;
}

interface Counts {
  readonly tcb: Tcb;
  readonly state: State;
  readonly readable: number;
  readonly held: number;
  readonly una: number;
  readonly nxt: number;
  readonly end: number;
  readonly queued: number;
}

/** What a connection holds. */
function counts(tcb: Tcb): Counts {
  const { una, nxt, end, head } = tcb.snd;
  // A FIN beyond a hole is held as a number, and is no octet.
  let held = tcb.rcv.finKnown && tcb.rcv.nxt !== tcb.rcv.fin && !tcb.rcv.finDone ? -1 : 0;
  for (let i = 0; i < (tcb.held?.count ?? 0); i++) held += tcb.held!.edges[2 * i + 1]! - tcb.held!.edges[2 * i]!;
  return { tcb, state: tcb.state, readable: tcb.readable, held, una, nxt, end, queued: (end - head) | 0 };
}

/** What became of octets, as far as it can be counted. */
function fates(before: Counts, after: Counts, event: Event): Fate[] {
  const found: Fate[] = [];
  if (after.readable > before.readable) found.push('delivered');
  if (after.readable < before.readable) found.push('handed over');
  if (after.held > before.held) found.push('held');
  if (after.una !== before.una && event !== 'open active' && event !== 'open passive') found.push('acknowledged');
  if (after.end > before.end && event === 'send') found.push(after.nxt === after.end ? 'sent' : 'queued');
  if (after.state === 'CLOSED' && before.state !== 'CLOSED') expect(after.queued).toBe(0);
  return found.sort();
}

/** The same of the table: that octets were dropped is seen by their not being delivered or held; what was flushed, by its being gone in CLOSED. */
const expectedFates = ({ data }: Outcome): Fate[] =>
  data.filter((fate) => fate !== 'dropped' && fate !== 'flushed').sort();
