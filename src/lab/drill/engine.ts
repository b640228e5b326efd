/**
 * Plays a script on a stage: lets time pass, delivers what the script sends, makes its calls, and compares what the host sends. A generator that
 * yields when time has to go on, so one engine serves hosts with programs (run.ts) and bare connections (conformance ladders).
 */
import type { Micros } from '../../core/time.ts';
import * as tcp from '../../wire/tcp.ts';
import { CodeFailed, runCode } from './code.ts';
import type { Value } from './code-values.ts';
import { type CompareOptions, differences } from './compare.ts';
import { Conversations, turned } from './conversations.ts';
import { resultOf } from './expected-result.ts';
import { encodeIcmp, isEcho, translated } from './icmp-packet.ts';
import type { Ends } from './ip-header.ts';
import { MAX_TIME, SILENCE } from './limits.ts';
import { deliveredText, type PacketWords, packetText, timeText, udpWords } from './notation.ts';
import { encodeTcp, encodeUdp, optionLength, type SeenPacket } from './packet.ts';
import { ScriptError } from './script-error.ts';
import { ScriptLadder } from './script-ladder.ts';
import type { SequenceMap } from './sequence-map.ts';
import { isNews } from './silence.ts';
import type { OngoingCall, Pass, Stage } from './stage.ts';
import type { CallLine, EventTime, OptionSpec, PacketLine, Script, ScriptEvent, TcpLine } from './syntax.ts';
import { Unsupported } from './unsupported.ts';

/** How an engine judges. */
export interface EngineOptions extends CompareOptions {
  /** How far from its time an event of the host may be, in microseconds. */
  readonly tolerance: Micros;
  /** The same in percent of the time waited for it, where that is more. */
  readonly tolerancePercent: number;
  /** Names that the script may use as values. */
  readonly defines: ReadonlyMap<string, number>;
  /** How long a tick of the host's timestamps is to be, in microseconds; 0: nobody looks. */
  readonly timestampTick: Micros;
}

/** A script that the host did not follow. Caught where scripts are run. */
export class Failure extends Error {
  readonly event: ScriptEvent;
  readonly expected: string;
  readonly got: string;
  /** How far from its time it was, where nothing else was wrong yet. */
  readonly off: Micros | undefined;

  constructor(event: ScriptEvent, expected: string, got: string, off?: Micros) {
    super(`expected ${expected}, got ${got}`);
    this.off = off;
    this.event = event;
    this.expected = expected;
    this.got = got;
  }
}

/** A blocking call under way. */
interface Pending {
  readonly event: ScriptEvent;
  readonly line: CallLine;
  readonly call: OngoingCall;
  readonly end: Micros;
}

/** An engine, for one host: several scripts may be played one after another on the same connection. */
export class Engine {
  readonly #stage: Stage;
  readonly #options: EngineOptions;
  readonly #conversations: Conversations;
  readonly #variables = new Map<string, Value>();
  #base: Micros;
  #pending: Pending | undefined = undefined;
  readonly #ladder = new ScriptLadder();

  constructor(stage: Stage, options: EngineOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#conversations = new Conversations(stage);
    this.#base = stage.now;
  }

  /** What has happened so far, in the script's notation; of a long run the end. */
  get ladder(): readonly string[] {
    this.#sight();
    return this.#ladder.linesOf(this.#conversations.areSeveral);
  }

  /** What code has printed. */
  get output(): readonly string[] {
    return this.#ladder.output;
  }

  /** Plays a script's events. @throws Failure, Unsupported, ScriptError */
  *play(script: Script): Generator<Pass, void> {
    for (const event of script.events) {
      try {
        yield* this.#step(script, event);
      } catch (error) {
        if (error instanceof Unsupported) error.line ??= event.place.line;
        throw error;
      }
    }
  }

  *#step(script: Script, event: ScriptEvent): Generator<Pass, void> {
    const { action } = event;
    if (action.kind === 'packet' && action.direction === 'out') yield* this.#expect(event, action);
    else {
      yield* this.#waitFor(event);
      if (action.kind === 'packet') this.#deliver(script, event, action);
      else if (action.kind === 'call') yield* this.#call(event, action);
      else if (action.kind === 'code') this.#run(script, event, action.text);
      // A command is told of and not run.
      else this.#note(event.text.replace(/^[^`]*/, ''));
      yield { until: this.#stage.now, orPacket: false };
    }
    this.#base = this.#stage.now;
    this.#look();
    this.#sight();
  }

  /** The script is over: calls end, nothing is left unread, and silence follows. @throws Failure, Unsupported */
  *finish(script: Script): Generator<Pass, void> {
    const last = script.events.at(-1);
    if (last === undefined) return;
    if (this.#pending !== undefined)
      yield* this.#passUntil(this.#pending.end + this.#tolerance(this.#pending.end), true);
    const { unread } = this.#stage;
    // A script that has left packets unread behind it does not say all that the host is to send.
    const watches = unread.every(({ time }) => time >= this.#base);
    const end = this.#stage.now + SILENCE;
    for (;;) {
      for (const packet of unread.splice(0)) {
        const map = this.#conversations.of(packet);
        this.#ladder.read(packet, map, false);
        if (watches && isNews(packet, map))
          throw new Failure(last, 'silence for 1 second after this', this.#gotText(packet, map));
        map.sent(packet);
      }
      if (this.#stage.now >= end) return;
      yield { until: end, orPacket: true };
    }
  }

  /** Nothing that the host sent stands unread. @throws Failure */
  allRead(event: ScriptEvent): void {
    const packet = this.#stage.unread[0];
    if (packet === undefined) return;
    const map = this.#conversations.of(packet);
    throw new Failure(event, 'nothing', this.#gotText(packet, map));
  }

  /** Until an event of the script's own is due. */
  *#waitFor({ time }: ScriptEvent): Generator<Pass, void> {
    // An event at any time is done at once.
    const due = time.kind === 'any' ? this.#stage.now : this.#due(time);
    yield* this.#passUntil(due, false);
  }

  #due(time: EventTime): Micros {
    return time.kind === 'relative' ? this.#base + time.from : time.from;
  }

  #tolerance(due: Micros): Micros {
    const { tolerance, tolerancePercent } = this.#options;
    return Math.max(tolerance, ((due - this.#base) * tolerancePercent) / 100);
  }

  /** Lets time pass; on its way a blocking call is looked at when it has to be over. */
  *#passUntil(until: Micros, orCall: boolean): Generator<Pass, void> {
    const pending = this.#pending;
    if (pending !== undefined) {
      const latest = pending.end + this.#tolerance(pending.end);
      if (latest < until || orCall) {
        yield { until: Math.min(latest, until), orPacket: false };
        this.#look();
        if (this.#pending !== undefined)
          throw new Failure(pending.event, this.#callText(pending), 'no answer: it still waits');
        if (orCall) return;
      }
    }
    yield { until, orPacket: false };
    this.#look();
    this.#sight();
  }

  /** Whether the blocking call is over, and as it should be. */
  #look(): void {
    const pending = this.#pending;
    if (pending === undefined || (pending.call.finished === undefined && pending.call.error === undefined)) return;
    this.#pending = undefined;
    this.#judge(pending.event, pending.line, pending.call, pending.end);
  }

  /** The next packet of the host, when it comes by `latest`. */
  *#nextPacket(latest: Micros, line: PacketLine): Generator<Pass, SeenPacket | undefined> {
    const { unread } = this.#stage;
    for (;;) {
      this.#passOver(line);
      if (unread.length > 0) return unread.shift();
      const before = this.#stage.now;
      yield { until: Math.max(latest, before), orPacket: true };
      this.#look();
      if (unread.length === 0 && this.#stage.now >= latest) return undefined;
    }
  }

  /** Packets that need no line of their own, before one that `line` speaks of. */
  #passOver(line: PacketLine): void {
    const { unread } = this.#stage;
    while (unread.length > 0 && this.#needsNoLine(unread[0]!, line)) {
      const packet = unread.shift()!;
      const map = this.#conversations.of(packet);
      this.#ladder.read(packet, map, false);
      map.sent(packet);
    }
  }

  #needsNoLine(packet: SeenPacket, line: PacketLine): boolean {
    const { body } = line;
    // What the host says by ICMP is read where a line speaks of it.
    if (packet.body.kind === 'icmp') return body.kind !== 'icmp';
    if (packet.body.kind !== 'tcp' || body.kind !== 'tcp') return false;
    const map = this.#conversations.of(packet);
    // What a connection that the script has left sends by itself.
    if (this.#conversations.strangeness(line, packet) !== undefined) return !isNews(packet, map);
    if (packet.provenance?.disputed !== true) return false;
    return differences(line, packet, map, body.range.from, true, this.#options).length > 0;
  }

  *#expect(event: ScriptEvent, line: PacketLine): Generator<Pass, void> {
    const { time } = event;
    const due = time.kind === 'any' ? this.#stage.now : this.#due(time);
    if (line.body.kind === 'nothing') {
      yield* this.#passUntil(due, false);
      return this.allRead(event);
    }
    const latestDue = time.to === undefined ? due : due + (time.to - time.from);
    const tolerance = this.#tolerance(due);
    const latest = time.kind === 'any' ? this.#stage.now + MAX_TIME : latestDue + tolerance;
    const first = yield* this.#nextPacket(latest, line);
    if (first === undefined) {
      const until = time.kind === 'any' ? '' : ` by ${timeText(this.#stage.now)}`;
      throw new Failure(event, event.text, `no packet${until}`);
    }
    if (time.kind !== 'any' && (first.time < due - tolerance || first.time > latest)) {
      const map = this.#conversations.of(first);
      this.#ladder.read(first, map, true);
      const when = time.to === undefined ? timeText(due) : `${timeText(due)} to ${timeText(latestDue)}`;
      throw new Failure(
        event,
        `a packet at ${when} (within ${timeText(tolerance)}): ${event.text}`,
        this.#gotText(first, map),
        Math.max(due - first.time, first.time - latestDue),
      );
    }
    yield* this.#compare(event, line, first, latest);
  }

  /** Compares a packet, and those after it where the line is a stretch that took several. */
  *#compare(event: ScriptEvent, line: PacketLine, first: SeenPacket, latest: Micros): Generator<Pass, void> {
    const map = this.#expectedMap(event, line, first);
    const { body } = line;
    if (body.kind !== 'tcp') {
      this.#ladder.read(first, map, true);
      const different = differences(line, first, map, 0, true, this.#options);
      if (different.length > 0) throw new Failure(event, event.text, this.#gotText(first, map, different));
      return;
    }
    if (body.flags & tcp.SYN && first.body.kind === 'tcp' && first.body.flags & tcp.SYN)
      map.learnSyn(body.range.from, first.body.seq, (body.flags & tcp.ACK) === 0);
    const late = this.#learnTimestamp(body, first, map);
    let packet = first;
    let from = body.range.from;
    let left = body.range.length;
    for (;;) {
      const { length } = packet.body;
      // Segments of one size that follow one another make up a stretch, as a kernel that leaves cutting to its device sends it in one.
      const isPart = length > 0 && length < left && length === first.body.length;
      const different = differences(line, packet, map, from, !isPart, this.#options);
      if (!isPart && length !== left) different.push('the length');
      if (late !== undefined) different.push(late);
      this.#ladder.read(packet, map, true);
      if (different.length > 0) throw new Failure(event, event.text, this.#gotText(packet, map, different));
      map.sent(packet);
      if (!isPart) return;
      from += length;
      left -= length;
      const next = yield* this.#nextPacket(latest, line);
      if (next === undefined)
        throw new Failure(
          event,
          event.text,
          `only ${body.range.length - left} octets of it by ${timeText(this.#stage.now)}`,
        );
      packet = next;
    }
  }

  /** Maps the host's timestamp to the script's; says so when it is not the script's within the tolerance, where a tick's length was given. */
  #learnTimestamp(body: TcpLine, { body: seen }: SeenPacket, map: SequenceMap): string | undefined {
    if (seen.kind !== 'tcp' || body.options === undefined || body.options === 'any') return undefined;
    const wanted = body.options.find(({ name }) => name === 'TS')?.numbers[0];
    const real = seen.options.find(({ name }) => name === 'TS')?.numbers[0];
    if (wanted === undefined || real === undefined) return undefined;
    map.learnTimestamp(wanted, real);
    const { timestampTick, tolerance } = this.#options;
    const apart = (map.timestampToScript(real) - wanted) | 0;
    return timestampTick > 0 && Math.abs(apart) * timestampTick > tolerance ? 'the timestamp' : undefined;
  }

  /** The connection that a line speaks of. @throws Failure when the packet is of another */
  #expectedMap(event: ScriptEvent, line: PacketLine, packet: SeenPacket): SequenceMap {
    const map = this.#conversations.of(packet);
    const strange = this.#conversations.strangeness(line, packet);
    if (strange !== undefined) throw new Failure(event, event.text, this.#gotText(packet, map, [strange]));
    if (packet.body.kind !== 'icmp') this.#conversations.enter(map);
    return map;
  }

  #gotText(packet: SeenPacket, map: SequenceMap, different: readonly string[] = []): string {
    const ports = different.some((each) => each.includes('ports'))
      ? ` ${packet.sourcePort} > ${packet.destinationPort}`
      : '';
    const what = different.length === 0 ? '' : ` (different: ${different.join(', ')})`;
    return `${packetText(packet, map)}${ports} at ${timeText(packet.time)}${what}`;
  }

  #deliver(script: Script, event: ScriptEvent, line: PacketLine): void {
    const map = this.#conversations.ofDelivered(line);
    if (line.body.kind !== 'icmp') this.#conversations.enter(map);
    const about = this.#conversations.endsOf(map);
    const ends = turned(about);
    const { body, ip } = line;
    try {
      if (body.kind === 'tcp') {
        this.#noteDelivered(ends, { before: '< ', behind: deliveredText(body) });
        // Who passes over a signature is not Linux, which drops what it did not ask for.
        if (Array.isArray(body.options) && body.options.some(({ name }) => name === 'md5'))
          throw new Unsupported('TCP MD5 signatures (RFC 2385)', event.place.line);
        if (body.flags & tcp.SYN) map.reopen();
        if (body.flags & tcp.ACK) map.heard(body.ack ?? 0);
        const ack = body.flags & tcp.ACK || body.ack !== undefined ? map.toWire(body.ack ?? 0) : 0;
        const onWire =
          body.options === undefined || body.options === 'any' ? body : { ...body, options: wired(body.options, map) };
        this.#stage.deliver(encodeTcp(ends, ip, onWire, body.range.from | 0, ack));
        return;
      }
      if (body.kind === 'udp') this.#noteDelivered(ends, udpWords('< ', body.length));
      else this.#note(event.text.replace(/^[^<]*/, ''));
      if (body.kind === 'udp') {
        map.protocol = 'udp';
        this.#stage.deliver(encodeUdp(ends, ip, body.length));
      }
      if (body.kind === 'icmp') {
        // An error that says nothing of what it quotes quotes the first octet.
        const first = isEcho(translated(body, ends))
          ? undefined
          : ({ protocol: map.protocol, from: 0, length: 0 } as const);
        const quoted = body.quoted ?? first;
        const seq = quoted?.protocol === 'tcp' ? map.toWire(quoted.from) : 0;
        this.#stage.deliver(encodeIcmp(ends, ip, { ...body, quoted }, about, seq));
      }
    } catch (error) {
      if (error instanceof RangeError) throw new ScriptError(script.source, event.place, error.message);
      throw error;
    }
  }

  *#call(event: ScriptEvent, line: CallLine): Generator<Pass, void> {
    // A program that waits in one call makes no other that waits.
    if (line.end !== undefined && this.#pending !== undefined)
      yield* this.#passUntil(this.#pending.end + this.#tolerance(this.#pending.end), true);
    const started = this.#stage.now;
    const call = this.#stage.call(line);
    yield { until: started, orPacket: false };
    if (line.end !== undefined) {
      const end = event.time.kind === 'relative' ? this.#base + line.end : line.end;
      this.#pending = { event, line, call, end };
      return this.#look();
    }
    if (call.finished === undefined && call.error === undefined)
      throw new Failure(
        event,
        event.text,
        'no answer: the call waits (a call that is meant to wait has START...END for its time)',
      );
    this.#judge(event, line, call, undefined);
  }

  /** Whether a finished call answered what the script says, when it says. */
  #judge(event: ScriptEvent, line: CallLine, call: OngoingCall, end: Micros | undefined): void {
    const { finished } = call;
    if (finished === undefined) throw call.error;
    const { at, result } = finished;
    const answer = result.errno === undefined ? String(result.value) : `${result.value} ${result.errno}`;
    const name = event.text.replace(/^[^A-Za-z_]*/, '');
    this.#note(`${name.replace(/\)\s*=[^=]*$/, ')')} = ${answer}`, at);
    const tolerance = end === undefined ? 0 : this.#tolerance(end);
    const expected =
      end === undefined ? event.text : `an answer at ${timeText(end)} (within ${timeText(tolerance)}): ${event.text}`;
    if (end !== undefined && Math.abs(at - end) > tolerance)
      throw new Failure(event, expected, `${answer} at ${timeText(at)}`, Math.abs(at - end));
    const wanted = resultOf(line, this.#options.defines);
    if (wanted.value !== undefined && wanted.value !== result.value) throw new Failure(event, event.text, answer);
    if (wanted.errno !== undefined && wanted.errno !== result.errno) throw new Failure(event, event.text, answer);
    if (result.different !== undefined) throw new Failure(event, event.text, result.different);
  }

  #callText({ event, end }: Pending): string {
    return `an answer at ${timeText(end)} (within ${timeText(this.#tolerance(end))}): ${event.text}`;
  }

  #run(script: Script, event: ScriptEvent, text: string): void {
    const { action } = event;
    if (action.kind !== 'code') return;
    this.#note(`%{ ${text.trim().replace(/\s+/g, ' ')} }%`);
    const { localPort = 0, remotePort = 0 } = this.#conversations.current ?? {};
    try {
      runCode(script.source, text, action.place, {
        variables: this.#variables,
        lookup: (name) => this.#options.defines.get(name) ?? this.#stage.lookup(name, localPort, remotePort),
        print: (line) => this.#ladder.print(line),
      });
    } catch (error) {
      if (error instanceof CodeFailed) throw new Failure({ ...event, place: error.place }, error.statement, error.why);
      throw error;
    }
  }

  /** Takes note of what the host has sent since this was last called. */
  #sight(): void {
    const { unread } = this.#stage;
    let from = unread.length;
    while (from > 0 && !this.#ladder.hasSighted(unread[from - 1]!)) from--;
    for (; from < unread.length; from++) this.#ladder.sight(unread[from]!, this.#conversations.of(unread[from]!));
  }

  /** A line of the ladder for a packet of the script's. */
  #noteDelivered({ sourcePort, destinationPort }: Ends, words: PacketWords): void {
    this.#ladder.addPacket(words, [sourcePort, destinationPort], this.#stage.now);
  }

  /** A line of the ladder. */
  #note(text: string, time: Micros = this.#stage.now): void {
    this.#ladder.add(text, time);
  }
}

/** A peer's options with what it says of the host's numbers put into real ones. */
function wired(options: readonly OptionSpec[], map: SequenceMap): OptionSpec[] {
  const real = options.map((option): OptionSpec => {
    const { name, numbers } = option;
    if (name === 'TS' && !option.isReal)
      return { ...option, numbers: [numbers[0], map.timestampToWire(numbers[1] ?? 0)] };
    if (name === 'sack') return { ...option, numbers: numbers.map((edge) => map.toWire(edge ?? 0)) };
    return option;
  });
  // What fills the last word: nothing, or ends of options.
  const octets = real.reduce((total, option) => total + optionLength(option), 0);
  for (let fill = (4 - (octets % 4)) % 4; fill > 0; fill--) real.push({ name: 'eol', numbers: [], cookie: undefined });
  return real;
}
