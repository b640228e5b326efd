/**
 * Breakages that break nothing: the program does the same with them, so no test can notice. Each with its reason; `npm run mutate` does not count them.
 * A test checks that what is listed can still be made.
 */
import type { Mutant } from './mutants.ts';

/** A breakage, named by its line's text, so that places may move. */
export interface Equivalent extends Pick<Mutant, 'file' | 'code' | 'from' | 'to'> {
  readonly why: string;
}

/** Whether that is one. */
export const isEquivalent = (mutant: Mutant): boolean =>
  EQUIVALENT.some(
    ({ file, code, from, to }) =>
      mutant.file === file && mutant.code === code && mutant.from === from && mutant.to === to,
  );

/** Breakages of one line that have one reason. */
const ofLine = (
  file: string,
  code: string,
  why: string,
  ...changes: readonly (readonly [from: string, to: string])[]
): Equivalent[] => changes.map(([from, to]) => ({ file, code, from, to, why }));

const RECOVERY = 'src/speak/tcp/recovery';

/** All that are known. */
export const EQUIVALENT: readonly Equivalent[] = [
  ...ofLine(
    `${RECOVERY}/arrivals.ts`,
    'segment !== undefined && before(segment.from, end);',
    'One segment more is looked at, and passed over, since it ends behind the block.',
    ['before(segment.from, end)', '(before(segment.from, end) || ((segment.from) | 0) === ((end) | 0))'],
  ),
  ...ofLine(
    `${RECOVERY}/rack.ts`,
    'at > otherAt || (at === otherAt && before(otherEnd, end));',
    'A segment is not compared with itself: what has arrived is passed over, or off the board.',
    ['before(otherEnd, end)', '(before(otherEnd, end) || ((otherEnd) | 0) === ((end) | 0))'],
  ),
  ...ofLine(`${RECOVERY}/reversal.ts`, 'const NONE_YET = -1;', 'Any number below 0 says that nothing has gone again.', [
    '1',
    '1 + 1',
  ]),
  ...ofLine(
    `${RECOVERY}/reversal.ts`,
    'threshold = 0;',
    'Whatever begins a reduction that can be taken back sets it before it is asked for.',
    ['0', '0 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/reversal.ts`,
    'if (this.#from !== undefined && this.#repetitions > 0 && after(end, this.#from))',
    'Where none are left, none are left after that.',
    ['this.#repetitions > 0', '(this.#repetitions) >= (0)'],
  ),
  ...ofLine(
    `${RECOVERY}/scoreboard.ts`,
    'const SLACK = 64;',
    'It says only when the memory of acknowledged segments is given back.',
    ['64', '64 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/scoreboard.ts`,
    'if (this.#first > SLACK && this.#first * 2 > this.#segments.length) {',
    'It says only when the memory of acknowledged segments is given back.',
    ['this.#first > SLACK', '(this.#first) >= (SLACK)'],
    ['this.#first > SLACK', '(this.#first) <= (SLACK)'],
    ['2', '2 + 1'],
    ['this.#first * 2', '(this.#first) / (2)'],
    ['this.#first * 2 > this.#segments.length', '(this.#first * 2) >= (this.#segments.length)'],
    ['this.#first * 2 > this.#segments.length', '(this.#first * 2) <= (this.#segments.length)'],
    [
      'this.#first > SLACK && this.#first * 2 > this.#segments.length',
      '(this.#first > SLACK) || (this.#first * 2 > this.#segments.length)',
    ],
    ['this.#first > SLACK && this.#first * 2 > this.#segments.length', 'true'],
    ['this.#first > SLACK && this.#first * 2 > this.#segments.length', 'false'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    '#until: Seq = 0;',
    'Whatever begins a recovery, a reduction or a loss sets it, and nobody asks before.',
    ['0', '0 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    '#suspects = false;',
    'A timeout and a shorter path set it, and nobody asks before.',
    ['false', 'true'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    '#lastSent: Micros = 0;',
    'Growth has not begun when the first segment goes: no pause before that counts.',
    ['0', '0 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    'if (told.twice) this.#alert(tcb, told, una, 0, segment, now);',
    'The peer tells by SACK of octets that came twice, and duplicates count where SACK is not agreed.',
    ['0', '0 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    'return { rearms: false, reneged: false, wait: 0, sentAt: undefined };',
    'Nothing is in flight: no timer is armed, whatever this says.',
    ['false', 'true'],
    ['0', '0 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    'if (this.#reversal.threshold > 0) {',
    'A threshold is 2 at the least, or 0 where the window is to stay.',
    ['0', '0 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    'const duplicatesTell = this.phase < PHASE.RECOVERY && this.#arrivals.duplicates >= this.reordering;',
    'In recovery without SACK the first segment in flight is lost already, or duplicates are forgotten.',
    ['this.phase < PHASE.RECOVERY', '(this.phase) <= (PHASE.RECOVERY)'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    'resend.allowed = 1;',
    'What goes next is said anew after each segment.',
    ['1', '1 + 1'],
  ),
  ...ofLine(
    `${RECOVERY}/segment-recovery.ts`,
    'const INSTANT = 1 / 1_024;',
    'Anything that clocks do not tell apart serves.',
    ['1', '1 + 1'],
    ['1_024', '1_024 + 1'],
  ),
  ...ofLine(`${RECOVERY}/segment-recovery.ts`, 'break;', 'Nothing is done in the case behind it.', [
    'break;',
    'nothing',
  ]),
  ...ofLine(
    'src/speak/tcp/remains.ts',
    'words[at + LOCAL_PORT] = tcb.localPort;',
    'The first word of a row stands where the row begins.',
    ['at + LOCAL_PORT', '(at) - (LOCAL_PORT)'],
  ),
  ...ofLine(
    'src/speak/tcp/remains.ts',
    'return this.#rows.page(place)[this.#rows.at(place) + LOCAL_PORT]!;',
    'The first word of a row stands where the row begins.',
    ['this.#rows.at(place) + LOCAL_PORT', '(this.#rows.at(place)) - (LOCAL_PORT)'],
  ),
  ...ofLine(
    'src/speak/tcp/expected-segment.ts',
    'length > distance(rcv.edge, seq) ||',
    'What fills the window goes the long way, to the same end.',
    ['length > distance(rcv.edge, seq)', '(length) >= (distance(rcv.edge, seq))'],
  ),
];
