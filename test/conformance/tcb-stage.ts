/** A stage with nothing but one connection: no host, no programs, no promises. What is written of a TCB in a ladder happens to it at once. */
import { PagePool } from '../../src/core/pages.ts';
import { type Micros, NEVER } from '../../src/core/time.ts';
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
import * as connection from '../../src/speak/tcp/index.ts';
import { FramePool } from '../../src/wire/frame.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';

type CallLine = Extract<Script['events'][number]['action'], { kind: 'call' }>;

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
  readonly tcb: connection.Tcb;
  readonly pages: PagePool = new PagePool(8 << 20);
  #now: Micros = 0;
  readonly #frame = new FramePool(1, 65_535).take()!;
  readonly #segment = connection.makeIncomingSegment();

  constructor(options: Partial<connection.ConnectionOptions>, mss: number) {
    const all = connection.connectionOptions(connection.DEFAULT_OPTIONS, options);
    this.tcb = connection.makeTcb(LOCAL_PORT, FIRST_PEER_PORT, mss, all, this.pages, connection.makeTcpCounters());
  }

  get now(): Micros {
    return this.#now;
  }

  open(kind: 'active' | 'passive'): void {
    connection.open(this.tcb, kind, ISS, this.#now);
  }

  deliver(packet: Uint8Array): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    const octets = { view, bytes: packet };
    if (!connection.readSegment(octets, ipv4.HEADER, packet.length, this.#segment)) return;
    if (this.tcb.state === 'CLOSED') this.#answerWithout();
    else connection.segmentArrives(this.tcb, this.#segment, this.#now);
    this.#settle();
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

  /** The calls of RFC 9293 §3.10: `send(100)`, `receive(100)`, `close()`, `abort()`. */
  #answer({ name, arguments: [first] }: CallLine): CallResult {
    const { tcb } = this;
    const count = first?.kind === 'number' ? first.value : 0;
    let value = 0;
    if (name === 'send') value = connection.send(tcb, new Uint8Array(count), 0, count, this.#now);
    else if (name === 'receive') value = connection.receive(tcb, new Uint8Array(count), 0, count, this.#now);
    else if (name === 'close') connection.close(tcb, this.#now);
    else if (name === 'abort') connection.abort(tcb, this.#now);
    else throw new Unsupported(`the call ${name}; a connection has send, receive, close and abort`);
    return { value, errno: undefined, different: undefined };
  }

  /** Everything that the connection has to say now is said. */
  #settle(): void {
    connection.takeEvents(this.tcb);
    for (;;) {
      const length = connection.nextSegment(this.tcb, this.#now, this.#frame, ipv4.HEADER, ROOM);
      if (length === 0) return;
      this.#sent(length);
    }
  }

  #answerWithout(): void {
    const length = connection.writeResetFor(this.#segment, true, this.#frame.view, ipv4.HEADER);
    if (length > 0) this.#sent(length);
  }

  #sent(length: number): void {
    const { view, bytes } = this.#frame;
    ipv4.emit(view, 0, this.localAddress, this.remoteAddress, ipv4.TCP, length, 0, ipv4.DONT_FRAGMENT, 64);
    this.unread.push(decode(bytes.slice(0, ipv4.HEADER + length), this.#now));
  }
}
