/**
 * Conformance ladders: lines in packetdrill's notation played on one connection, on virtual time.
 *
 * ```ts
 * const { tcb, wire } = established({ rcvWnd: 1000 });
 * wire`
 *   +0   < R  501:501(0)                  // in the window, but not RCV.NXT ...
 *   +0   > .  1:1(0) ack 1 win 1000       // ... so the peer is asked to confirm
 *   +.1  < R  502:502(0)
 *   +0   > .  1:1(0) ack 1
 * `;
 * ```
 *
 * Flags, range and length are always compared, the rest where it is written. A block is complete: a segment that no line reads fails it. The program is in
 * it too: `send(100) = 100`, `receive(100)`, `close()`, `abort()`. States are reached through segments, by the openers below, never assigned.
 */
import { afterAll, afterEach } from 'vitest';
import { MILLISECOND } from '../../src/core/time.ts';
import { auditText } from '../../src/lab/audit/index.ts';
import { Engine, Failure, parseScript, ScriptError } from '../../src/lab/drill/index.ts';
import type { ConnectionSettings, Tcb } from '../../src/speak/tcp/index.ts';
import { CannotTell } from '../cannot-tell.ts';
import { TcbStage } from './tcb-stage.ts';

/** What a ladder begins with. Sizes in octets. */
export interface LadderOptions {
  /** The receive buffer, and so the first window, to 65,535; default 10,000. */
  rcvWnd?: number;
  /** The peer's window, to 65,535; default 10,000. */
  sndWnd?: number;
  /** The payload that our link takes, and what the peer's SYN says; defaults 1,460 and 1,000. */
  mss?: number;
  peerMss?: number;
  /** Who opens it where that can be told from; default passive. */
  open?: 'active' | 'passive';
  /** Whether the peer uses timestamps: 1000 in every segment of the opening; default false. */
  timestamps?: boolean;
  /** Anything else that the connection is told; times in microseconds. */
  connection?: Partial<ConnectionSettings>;
  /** Whether the link cuts segments itself, and takes several in one piece; default false. */
  cuts?: boolean;
}

/** A connection and the wire to it. */
export interface Ladder {
  readonly tcb: Tcb;
  /** What the ladder is played on: who has been told what, what has been sent. */
  readonly stage: TcbStage;
  /** Plays a block of lines. @throws Error with the ladder so far, when the connection does not follow it */
  readonly wire: (lines: TemplateStringsArray, ...values: readonly (string | number)[]) => void;
}

/** How far from its time a segment may be: deadlines are kept in ticks of 1,024 microseconds. */
const TOLERANCE = 4 * MILLISECOND;

/** A connection in CLOSED: whatever arrives is answered as for one that does not exist. */
export function closed(options: LadderOptions = {}): Ladder {
  return ladderOn(stageFor(options));
}

/** LISTEN: a passive open. */
export function listening(options: LadderOptions = {}): Ladder {
  const stage = stageFor(options);
  stage.open('passive');
  return ladderOn(stage);
}

/** SYN-SENT: an active open, its SYN sent. */
export function synSent(options: LadderOptions = {}): Ladder {
  const stage = stageFor(options);
  stage.open('active');
  const ladder = ladderOn(stage);
  ladder.wire`+0 > ${options.connection?.ecn === 'active' ? 'SEW' : 'S'} 0:0(0)`;
  return ladder;
}

/** SYN-RECEIVED: a passive open, the SYN answered; or a simultaneous one. */
export function synReceived(options: LadderOptions = {}): Ladder {
  const ladder = options.open === 'active' ? synSent(options) : listening(options);
  ladder.wire`
    +0 < S  0:0(0) win ${options.sndWnd ?? 10_000} ${synOptions(options)}
    +0 > S. 0:0(0) ack 1
  `;
  return ladder;
}

/** ESTABLISHED. The next octets are 1 on both sides. */
export function established(options: LadderOptions = {}): Ladder {
  if (options.open === 'active') {
    const ladder = synSent(options);
    ladder.wire`
      +0 < S. 0:0(0) ack 1 win ${options.sndWnd ?? 10_000} ${synOptions(options)}
      +0 > .  1:1(0) ack 1
    `;
    return ladder;
  }
  const ladder = synReceived(options);
  ladder.wire`+0 < . 1:1(0) ack 1 ${rest(options)}`;
  return ladder;
}

/** FIN-WAIT-1: closed by the program; our FIN is 1. */
export function finWait1(options: LadderOptions = {}): Ladder {
  const ladder = established(options);
  ladder.wire`
    +0 close()
    +0 > F. 1:1(0) ack 1
  `;
  return ladder;
}

/** FIN-WAIT-2: our FIN is acknowledged. */
export function finWait2(options: LadderOptions = {}): Ladder {
  const ladder = finWait1(options);
  ladder.wire`+0 < . 1:1(0) ack 2 ${rest(options)}`;
  return ladder;
}

/** CLOSING: the FINs have crossed. */
export function closing(options: LadderOptions = {}): Ladder {
  const ladder = finWait1(options);
  ladder.wire`
    +0 < F. 1:1(0) ack 1 ${rest(options)}
    +0 > . 2:2(0) ack 2
  `;
  return ladder;
}

/** TIME-WAIT: both FINs sent and acknowledged, ours first. */
export function timeWait(options: LadderOptions = {}): Ladder {
  const ladder = finWait2(options);
  ladder.wire`
    +0 < F. 1:1(0) ack 2 ${rest(options)}
    +0 > . 2:2(0) ack 2
  `;
  return ladder;
}

/** CLOSE-WAIT: the peer has closed; its FIN was 1. */
export function closeWait(options: LadderOptions = {}): Ladder {
  const ladder = established(options);
  ladder.wire`
    +0 < F. 1:1(0) ack 1 ${rest(options)}
    +0 > . 1:1(0) ack 2
  `;
  return ladder;
}

/** LAST-ACK: the peer has closed, then the program. */
export function lastAck(options: LadderOptions = {}): Ladder {
  const ladder = closeWait(options);
  ladder.wire`
    +0 close()
    +0 > F. 1:1(0) ack 2
  `;
  return ladder;
}

/** The options of the peer's SYN. */
const synOptions = ({ peerMss = 1_000, timestamps }: LadderOptions): string =>
  timestamps ? `<mss ${peerMss},TS val 1000 ecr 0>` : `<mss ${peerMss}>`;

/** Window and options of the peer's other segments. */
const rest = ({ sndWnd = 10_000, timestamps }: LadderOptions): string =>
  `win ${sndWnd}${timestamps ? ' <TS val 1000 ecr 0>' : ''}`;

function stageFor({ rcvWnd = 10_000, mss = 1_460, connection, cuts = false }: LadderOptions): TcbStage {
  return new TcbStage({ receiveBuffer: rcvWnd, windowScaling: false, ...connection }, mss, cuts);
}

/** Stages of the test that is running. */
const stages: TcbStage[] = [];

const cannotTell = new CannotTell();

/** What the analysing half makes of each ladder's segments is what the connection was. */
afterEach(() => {
  for (const { judge, books } of stages.splice(0)) {
    judge.finish();
    const report = books.report();
    cannotTell.add(report);
    if (report.differ > 0) throw new Error(`the analysis and the connection disagree:\n${auditText(report)}`);
  }
});

// Most ladders are a handshake and one segment that nobody would send.
afterAll(() => {
  cannotTell.expectAtMost({
    ...{ state: 0.2, 'snd.una': 0.4, 'snd.nxt': 0.4, 'snd.wnd': 0.5 },
    ...{ 'rcv.nxt': 0.5, 'rcv.wnd': 0.2 },
  });
});

function ladderOn(stage: TcbStage): Ladder {
  stages.push(stage);
  const engine = new Engine(stage, {
    tolerance: TOLERANCE,
    tolerancePercent: 0,
    defines: new Map(),
    timestampTick: 0,
    optionsMustBeWritten: false,
  });
  return {
    get tcb() {
      return stage.tcb;
    },
    stage,
    wire: (lines, ...values) => play(stage, engine, String.raw({ raw: lines.raw }, ...values)),
  };
}

function play(stage: TcbStage, engine: Engine, text: string): void {
  try {
    const script = parseScript(text, 'ladder');
    const steps = engine.play(script);
    for (let step = steps.next(); !step.done; step = steps.next()) stage.pass(step.value);
    const last = script.events.at(-1);
    if (last !== undefined) engine.allRead(last);
  } catch (error) {
    if (error instanceof ScriptError) throw new Error(error.message);
    if (!(error instanceof Failure)) throw error;
    const { event, expected, got } = error;
    const soFar = engine.ladder.map((line) => `    ${line}`).join('\n');
    throw new Error(
      `line ${event.place.line} of the block: ${event.text}\n  expected: ${expected}\n  got:      ${got}\n  so far:\n${soFar}`,
    );
  }
}
