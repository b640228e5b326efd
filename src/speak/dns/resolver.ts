/**
 * A stub resolver with a cache: asks a recursive name server for the addresses of a name, by UDP, and by TCP where the answer is too long. An answer is believed only when it comes from the server, to
 * the port and with the number of the question, and repeats it (RFC 5452). Read first: RFC 1035 §7, RFC 2308 (what is not there is remembered, too), RFC 7766
 * (TCP). Not here: octets (message.ts); where the servers' addresses come from; search lists, DNSSEC.
 */
import { TcplabError } from '../../core/errors.ts';
import { inRange, type Ranges } from '../../core/ranges.ts';
import { MILLISECOND, type Micros, SECOND } from '../../core/time.ts';
import { formatAddress, type IpAddress, readAddressText } from '../../wire/ip-address.ts';
import {
  type Address,
  AF_INET,
  AF_INET6,
  type DatagramSocket,
  SOCK_DGRAM,
  SOCK_STREAM,
  socket,
} from '../socket/bsd.ts';
import type { Host } from '../stack/host.ts';
import * as wire from './message.ts';

/** How a resolver asks and what it remembers. */
export interface ResolverOptions {
  /** How long an answer is waited for before the next server is asked, in milliseconds, 1 to 60,000; default 2,000. */
  timeout: number;
  /** How often each server is asked, 1 to 16; default 2. */
  tries: number;
  /** The most names remembered, of each type, 0 to 2^20; default 1,024. */
  entries: number;
  /** The longest that one is remembered, in milliseconds, 0 to 604,800,000 (a week); default 86,400,000; and that there is none, the same range, default 300,000. */
  longest: number;
  longestNegative: number;
  /** The port of the servers, 1 to 65,535; default 53. */
  port: number;
}

/** The defaults of `ResolverOptions`. */
export const DEFAULT_RESOLVER_OPTIONS: Readonly<ResolverOptions> = {
  timeout: 2_000,
  tries: 2,
  entries: 1_024,
  longest: 86_400_000,
  longestNegative: 300_000,
  port: 53,
};

const RANGES: Ranges<ResolverOptions> = {
  prefix: 'resolver.',
  whole: { tries: [1, 16], entries: [0, 1 << 20], port: [1, 65_535] },
  times: { timeout: [1, 60_000], longest: [0, 604_800_000], longestNegative: [0, 604_800_000] },
};

/** CNAMEs followed within one answer. */
const MOST_ALIASES = 16;

/** Questions under way at once: what more is asked for waits for an answer to the same, or is refused. */
const MOST_QUESTIONS = 256;

interface Remembered {
  readonly addresses: readonly IpAddress[];
  readonly until: Micros;
}

/** A resolver. */
export class Resolver {
  readonly #host: Host;
  readonly #servers: readonly string[];
  readonly #options: Readonly<ResolverOptions>;
  /** By type and name, the one learned longest ago first. */
  readonly #cache = new Map<string, Remembered>();
  readonly #asking = new Map<string, Promise<readonly IpAddress[]>>();

  /**
   * @param servers the addresses of one or more name servers, asked in that order
   * @throws TcplabError EINVAL when there is none, one is no address, or an option is out of its range
   */
  constructor(host: Host, servers: readonly string[], options: Partial<ResolverOptions> = {}) {
    const wrong = servers.find((server) => readAddressText(server) === undefined);
    if (servers.length === 0 || wrong !== undefined)
      throw new TcplabError(
        'EINVAL',
        `a resolver needs the address of a name server, such as 192.0.2.53${wrong === undefined ? '' : `, not "${wrong}"`}`,
      );
    this.#host = host;
    this.#servers = servers;
    this.#options = inRange(DEFAULT_RESOLVER_OPTIONS, options, RANGES);
  }

  /** How many names are remembered. */
  get size(): number {
    return this.#cache.size;
  }

  /** Forgets all of them. */
  clear(): void {
    this.#cache.clear();
  }

  /**
   * The addresses of a name, as texts: those of IPv6 first where both are asked for, as RFC 6724 prefers them. An address is its own answer, `localhost` this host.
   * @param version which; default both
   * @throws TcplabError (as a rejection) EINVAL when it is no name, TCPLAB_NO_NAME when there is no such name, or no address of that version, TCPLAB_NAME_SERVER when no server gives an answer
   * @example const [address] = await new Resolver(host, ['192.0.2.53']).lookup('www.example.test');
   */
  async lookup(text: string, version?: 4 | 6): Promise<string[]> {
    const literal = readAddressText(text);
    if (literal !== undefined) return [formatAddress(literal)];
    const name = wire.readName(text);
    if (name === undefined)
      throw new TcplabError('EINVAL', `lookup: "${text}" is not a name; write one such as www.example.test`);
    //= RFC 6761 §6.3: nobody is asked for it
    if (name === 'localhost' || name.endsWith('.localhost'))
      return [...(version === 4 ? [] : ['::1']), ...(version === 6 ? [] : ['127.0.0.1'])];
    const types = version === 4 ? [wire.A] : version === 6 ? [wire.AAAA] : [wire.AAAA, wire.A];
    const found = await Promise.allSettled(types.map((type) => this.#resolve(name, type)));
    const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    if (addresses.length > 0) return addresses.map(formatAddress);
    const failed = found.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    throw new TcplabError(
      'TCPLAB_NO_NAME',
      `lookup: there is no ${text}${version === undefined ? '' : ` with an IPv${version} address`}`,
    );
  }

  async #resolve(name: string, type: number): Promise<readonly IpAddress[]> {
    const key = `${type} ${name}`;
    const known = this.#cache.get(key);
    if (known !== undefined && known.until > this.#host.driver.now) return known.addresses;
    // Who asks for what is being asked for waits for the same answer: many questions at once would be as many chances to forge one.
    const under = this.#asking.get(key);
    if (under !== undefined) return under;
    if (this.#asking.size >= MOST_QUESTIONS)
      throw new TcplabError('TCPLAB_NAME_SERVER', `lookup: ${MOST_QUESTIONS} questions are under way already`);
    const asking = this.#askAll(name, type).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #askAll(name: string, type: number): Promise<readonly IpAddress[]> {
    const { tries } = this.#options;
    let why = 'none has answered';
    for (let round = 0; round < tries; round++)
      for (const server of this.#servers) {
        try {
          const answer = await this.#ask(server, name, type);
          if (answer === undefined) continue;
          if (answer.code === wire.NO_ERROR || answer.code === wire.NO_SUCH_NAME) return this.#keep(name, type, answer);
          why = `${server} answered with code ${answer.code}`;
        } catch (error) {
          why = (error as Error).message;
        }
      }
    throw new TcplabError('TCPLAB_NAME_SERVER', `lookup: no name server has an answer for ${name}: ${why}`);
  }

  /** What an answer says, remembered as long as it may be. */
  #keep(name: string, type: number, { records, negative }: wire.Answer): readonly IpAddress[] {
    const { entries, longest, longestNegative } = this.#options;
    let alias = name;
    let seconds = Number.POSITIVE_INFINITY;
    for (let left = MOST_ALIASES; left > 0; left--) {
      const next = records.find((record) => record.type === wire.CNAME && record.name === alias);
      if (next?.target === undefined) break;
      seconds = Math.min(seconds, next.timeToLive);
      alias = next.target;
    }
    const found = records.filter((record) => record.type === type && record.name === alias);
    const addresses = found.flatMap(({ address }) => (address === undefined ? [] : [address]));
    for (const { timeToLive } of found) seconds = Math.min(seconds, timeToLive);
    const most = addresses.length > 0 ? longest : longestNegative;
    const life = Math.min((addresses.length > 0 ? seconds : negative) * SECOND, most * MILLISECOND);
    const key = `${type} ${name}`;
    this.#cache.delete(key);
    if (life > 0 && entries > 0) {
      if (this.#cache.size >= entries) {
        const [oldest] = this.#cache.keys();
        this.#cache.delete(oldest!);
      }
      this.#cache.set(key, { addresses, until: this.#host.driver.now + life });
    }
    return addresses;
  }

  /** One question to one server, from a port and with a number that nobody guesses; undefined when no answer comes in time. */
  async #ask(server: string, name: string, type: number): Promise<wire.Answer | undefined> {
    const { driver, random } = this.#host;
    const { port, timeout } = this.#options;
    const id = random.next() & 0xffff;
    const question = wire.writeQuestion(id, name, type);
    const sck = socket(this.#host, familyOf(server), SOCK_DGRAM);
    const deadline = driver.now + timeout * MILLISECOND;
    // Closing ends the wait.
    const cancel = driver.at(deadline, () => sck.close());
    let answer: wire.Answer | undefined;
    try {
      await sck.connect([server, port]);
      await sck.send(question);
      answer = await answerFrom(sck, id, name, type);
    } catch (error) {
      if (driver.now >= deadline) return undefined;
      throw error;
    } finally {
      cancel();
      sck.close();
    }
    return answer?.truncated ? this.#askByTcp([server, port], question, id, name, type) : answer;
  }

  async #askByTcp(
    server: Address,
    question: Uint8Array,
    id: number,
    name: string,
    type: number,
  ): Promise<wire.Answer | undefined> {
    const { driver } = this.#host;
    const sck = socket(this.#host, familyOf(server[0]), SOCK_STREAM);
    const cancel = driver.at(driver.now + this.#options.timeout * MILLISECOND, () => sck.close());
    try {
      await sck.connect(server);
      const framed = new Uint8Array(2 + question.length);
      new DataView(framed.buffer).setUint16(0, question.length);
      framed.set(question, 2);
      await sck.sendall(framed);
      const all = new Uint8Array(2 + 65_535);
      let got = 0;
      for (;;) {
        const wanted = got < 2 ? 2 : 2 + new DataView(all.buffer).getUint16(0);
        if (got >= 2 && got >= wanted) return wire.readAnswer(all.subarray(2, wanted), id, name, type);
        const piece = await sck.recv(wanted - got);
        if (piece.length === 0) return undefined;
        all.set(piece, got);
        got += piece.length;
      }
    } finally {
      cancel();
      sck.close();
    }
  }
}

/** The first datagram that answers the question; others are not listened to. */
async function answerFrom(sck: DatagramSocket, id: number, name: string, type: number): Promise<wire.Answer> {
  for (;;) {
    const answer = wire.readAnswer(await sck.recv(65_535), id, name, type);
    if (answer !== undefined) return answer;
  }
}

const familyOf = (server: string): typeof AF_INET | typeof AF_INET6 => (server.includes(':') ? AF_INET6 : AF_INET);
