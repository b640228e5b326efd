/** A stage with nothing but one connection: no host, no programs, no promises. What is written of a TCB in a ladder happens to it at once. */
import { TcplabError } from '../../src/core/errors.ts';
import { PagePool } from '../../src/core/pages.ts';
import { type Micros, NEVER } from '../../src/core/time.ts';
import { Books, Judge, Secrets } from '../../src/lab/audit/index.ts';
import {
  type CallResult,
  decode,
  FIRST_PEER_PORT,
  type OngoingCall,
  type Pass,
  type Script,
  type SeenPacket,
  type Stage,
  Unsupported,
} from '../../src/lab/drill/index.ts';
import type { Told } from '../../src/rules/cells.ts';
import type { FrameFacts } from '../../src/see/analysis/index.ts';
import { LINKTYPE } from '../../src/see/capture/index.ts';
import * as connection from '../../src/speak/tcp/index.ts';
import { FramePool } from '../../src/wire/frame.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';

type CallLine = Extract<Script['events'][number]['action'], { kind: 'call' }>;

const CALLS = ['open active', 'open passive', 'send', 'receive', 'close', 'abort'] as const;
const isCall = (name: string): name is (typeof CALLS)[number] => (CALLS as readonly string[]).includes(name);

/** What the program is told by events, in words. */
const TELLS: readonly (readonly [number, Told])[] = [
  [connection.EVENT.ESTABLISHED, 'established'],
  [connection.EVENT.READABLE, 'octets can be received'],
  [connection.EVENT.WRITABLE, 'there is room to send'],
  [connection.EVENT.END_OF_STREAM, 'the peer has closed'],
  [connection.EVENT.CLOSED, 'the connection is gone'],
];

/** The initial sequence number: near the end of the numbers, so that every ladder of some length wraps. */
const ISS = -300;

const LOCAL_PORT = 8_080;
/** Octets of segment that a frame takes. */
const ROOM = 65_000;

/** One connection that ladders are played on. */
export class TcbStage implements Stage {
  readonly unread: SeenPacket[] = [];
  readonly localAddress = 0x0a00_0001;
  readonly remoteAddress = 0x0a00_0002;
  readonly bindPort: number = LOCAL_PORT;
  readonly connectPort: number = FIRST_PEER_PORT;
  readonly listens = 0;
  tcb: connection.Tcb;
  /** What the program was told, and what was sent, since somebody last emptied them. */
  readonly told: Told[] = [];
  /** Bits of EVENT since somebody last cleared them. */
  events = 0;
  readonly sent: SeenPacket[] = [];
  readonly pages: PagePool = new PagePool(8 << 20);
  #now: Micros = 0;
  /** Somebody listens on the port: the connection came from a passive open. */
  #listening = false;
  /** What an analysis of the segments says, compared with the connection at each of them. */
  readonly books: Books = new Books(20);
  readonly judge: Judge = new Judge('the ladder', this.books, 100_000);
  readonly #secrets = new Secrets();
  readonly #frame = new FramePool(1, 65_535).take()!;
  readonly #segment = connection.makeIncomingSegment();

  readonly #cuts: boolean;

  /** @param cuts whether the link takes several segments in one piece */
  constructor(options: Partial<connection.ConnectionSettings>, mss: number, cuts: boolean) {
    this.#cuts = cuts;
    const all = connection.changedSettings(connection.DEFAULT_SETTINGS, options);
    this.tcb = connection.makeTcb(LOCAL_PORT, FIRST_PEER_PORT, mss, all, this.pages, connection.makeTcpCounters());
  }

  get now(): Micros {
    return this.#now;
  }

  open(kind: 'active' | 'passive'): void {
    this.#listening ||= kind === 'passive';
    connection.open(this.tcb, kind, ISS, this.#now);
  }

  deliver(packet: Uint8Array): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    const octets = { view, bytes: packet };
    if (!connection.readSegment(octets, ipv4.HEADER, packet.length, this.#segment)) return;
    this.#segment.typeOfService = ipv4.typeOfService(view, 0);
    const succession = connection.succession(this.tcb, this.#segment, this.tcb.options);
    if (succession === 'dropped') return;
    if (succession === 'yes' && this.#listening) this.#succeed();
    const facts = this.#see(packet);
    if (this.tcb.state === 'CLOSED') this.#answerWithout();
    else {
      connection.segmentArrives(this.tcb, this.#segment, this.#now);
      // It is over, and the reset that says so follows.
      const secret = this.#segment.verdict === 'text for nobody';
      if (facts !== undefined) this.#compare(facts, facts.from === 0 ? 1 : 0, false, secret);
    }
    this.#settle();
  }

  /** A new connection takes the place of the one in TIME-WAIT, as in a host. */
  #succeed(): void {
    const { mss, options, snd } = this.tcb;
    this.tcb = connection.makeTcb(LOCAL_PORT, FIRST_PEER_PORT, mss, options, this.pages, connection.makeTcpCounters());
    connection.open(this.tcb, 'passive', (snd.nxt + 65_537) | 0, this.#now);
  }

  call(line: CallLine): OngoingCall {
    const result = this.#answer(line);
    this.#settle();
    return { finished: { at: this.#now, result }, error: undefined };
  }

  lookup(): undefined {
    return undefined;
  }

  /** Lets time go on. */
  pass({ until, orPacket }: Pass): void {
    for (;;) {
      this.#settle();
      if (orPacket && this.unread.length > 0) return;
      const next = connection.nextTimeout(this.tcb, this.#now);
      if (next === NEVER || next > until) break;
      this.#now = Math.max(this.#now, next);
      connection.timeout(this.tcb, this.#now);
    }
    this.#now = Math.max(this.#now, until);
  }

  /** The calls of RFC 9293 §3.10: `open("active")`, `send(100)`, `receive(100)`, `close()`, `abort()`, and `closeBoth()`. */
  #answer({ name, arguments: [first] }: CallLine): CallResult {
    const { tcb } = this;
    const text = first?.kind === 'string' ? first.value : '';
    const count = first?.kind === 'number' ? first.value : 0;
    const call = name === 'open' ? `${name} ${text}` : name === 'closeBoth' ? 'close' : name;
    if (!isCall(call)) throw new Unsupported(`the call ${call}; a connection has ${CALLS.join(', ')} and closeBoth`);
    const errno = connection.refusal(tcb, call);
    if (errno !== undefined) this.told.push(errno);
    let value = 0;
    if (call === 'send') value = connection.send(tcb, new Uint8Array(count), 0, count, this.#now);
    else if (call === 'receive') value = connection.receive(tcb, new Uint8Array(count), 0, count, this.#now);
    else if (name === 'closeBoth') connection.closeBoth(tcb, this.#now);
    else if (call === 'close') connection.close(tcb, this.#now);
    else if (call === 'abort') connection.abort(tcb, this.#now);
    else this.#open(text === 'passive' ? 'passive' : 'active');
    if (errno === undefined && call === 'send' && value === 0 && count > 0) this.told.push('ENOBUFS');
    if (call === 'receive' && value === 0 && tcb.endOfStream) this.told.push('the peer has closed');
    // A refused call has done nothing.
    if (errno !== undefined && value === 0) value = -1;
    return { value, errno, different: undefined };
  }

  #open(kind: 'active' | 'passive'): void {
    try {
      this.open(kind);
    } catch (error) {
      if (!(error instanceof TcplabError)) throw error;
    }
  }

  /** Everything that the connection has to say now is said. */
  #settle(): void {
    const { error } = this.tcb;
    const events = connection.takeEvents(this.tcb);
    this.events |= events;
    for (const [bit, told] of TELLS) if (events & bit) this.told.push(told);
    if (events & connection.EVENT.CLOSED && error !== undefined) this.told.push(error);
    for (;;) {
      const length = connection.nextSegment(this.tcb, this.#now, this.#frame, ipv4.HEADER, ROOM, this.#cuts);
      if (length === 0) return;
      const facts = this.#see(
        this.#sent(length, (this.tcb.options.typeOfService & 0xfc) | connection.codepoint(this.tcb)),
      );
      if (facts !== undefined) this.#compare(facts, facts.from, true, false);
    }
  }

  #answerWithout(): void {
    const length = connection.writeResetFor(this.#segment, true, this.#frame.view, ipv4.HEADER);
    if (length > 0) this.#see(this.#sent(length));
  }

  #sent(length: number, typeOfService = 0): Uint8Array {
    const { view, bytes } = this.#frame;
    ipv4.emit(
      view,
      0,
      this.localAddress,
      this.remoteAddress,
      ipv4.TCP,
      length,
      0,
      ipv4.DONT_FRAGMENT,
      64,
      typeOfService,
    );
    const octets = bytes.slice(0, ipv4.HEADER + length);
    const packet = decode(octets, this.#now);
    this.sent.push(packet);
    this.unread.push(packet);
    return octets;
  }

  #see(packet: Uint8Array): FrameFacts | undefined {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    return this.judge.see(view, packet, 0, packet.length, LINKTYPE.RAW, this.#now);
  }

  #compare(facts: FrameFacts, end: 0 | 1, sent: boolean, secret: boolean): void {
    const record = connection.snapshot(this.tcb, this.#now);
    const kept = this.#secrets.keeps(this.tcb, record) || secret;
    this.judge.compare(facts, end, record, this.#now, { own: true, sent, nxt: true, secret: kept });
  }
}
