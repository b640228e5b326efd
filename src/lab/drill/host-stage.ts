/** A stage with a host on virtual time and programs that make system calls: what `tcplab drill` plays scripts on. */
import type { Micros } from '../../core/time.ts';
import { SECOND } from '../../core/time.ts';
import { AF_INET, AF_INET6 } from '../../speak/socket/bsd.ts';
import { Host } from '../../speak/stack/host.ts';
import { VirtualDriver } from '../../speak/stack/virtual-driver.ts';
import { formatAddress, type IpAddress, Ipv6, parseAddress } from '../../wire/ip-address.ts';
import { Arguments } from './arguments.ts';
import { makeCall } from './calls.ts';
import { Chronograph } from './chronograph.ts';
import type { Value } from './code-values.ts';
import { CONSTANTS } from './constants.ts';
import { Desk } from './desk.ts';
import { infoOf, type Watched } from './info.ts';
import { MAX_UNREAD } from './limits.ts';
import { LinuxReckonings } from './linux-reckonings.ts';
import { decode, type SeenPacket } from './packet.ts';
import { Provenances } from './provenance.ts';
import { ScriptPort } from './script-port.ts';
import type { Settings } from './settings.ts';
import type { OngoingCall, Pass, Stage } from './stage.ts';
import type { CallLine } from './syntax.ts';

/** What a stage needs of its platform. */
export interface HostStageOptions {
  /** Calls back once every pending promise reaction has run: `setImmediate` in Node. */
  readonly afterPrograms: (callback: () => void) => void;
  /** Seed of the host's secrets; default 1. */
  readonly seed?: number;
  /** Is handed the host before the script begins: to trace, capture or audit it. */
  readonly onHost?: (host: Host) => void;
}

/** A host that a script plays with. */
export class HostStage implements Stage {
  readonly unread: SeenPacket[] = [];
  readonly localAddress: IpAddress;
  readonly remoteAddress: IpAddress;
  readonly bindPort: number;
  readonly connectPort: number;
  readonly #driver: VirtualDriver;
  readonly #host: Host;
  readonly #port: ScriptPort;
  readonly #desk: Desk;
  readonly #settings: Settings;
  readonly #provenances: Provenances;
  #onSend: () => void = () => {};
  /** The last connection between each pair of ports: code may ask for it when the host has let go of it. */
  readonly #seen = new Map<number, Watched>();

  constructor(settings: Settings, { afterPrograms, seed = 1, onHost }: HostStageOptions) {
    const { ipVersion, bindPort, connectPort, mtu } = settings;
    const version = ipVersion === 'ipv6' ? 'ipv6' : 'ipv4';
    const [local, remote] = [settings.local[version], settings.remote[version]];
    this.#settings = settings;
    this.localAddress = parseAddress(local);
    this.remoteAddress = parseAddress(remote);
    this.bindPort = bindPort;
    this.connectPort = connectPort;
    this.#driver = new VirtualDriver({ afterPrograms, seed });
    // The link keeps no frame: a few serve any burst.
    const frames = { frames: 64, largeFrames: 8 };
    // Linux turns away the last segment of a handshake when as many wait as were asked for.
    this.#host = new Host({
      driver: this.#driver,
      name: 'host',
      connection: settings.connection,
      surplus: 0,
      datagrams: { passingErrors: false },
      ...frames,
    });
    this.#port = new ScriptPort(mtu, (packet, now) => this.#sent(packet, now));
    // Anywhere else is behind a gateway that nobody has to find: the link carries bare IP packets.
    this.#host.plug(this.#port, {
      address: `${local}/${NETWORK}`,
      gateway: formatAddress(beside(this.localAddress)),
      ipv6: { duplicateAddressDetection: 0 },
    });
    onHost?.(this.#host);
    this.#provenances = new Provenances(this.#host);
    const { foreignSizes, sendMemory, segment = Number.POSITIVE_INFINITY } = settings;
    const { receiveBufferMaximum = 0 } = settings.connection;
    this.#desk = new Desk(
      this.#host,
      ipVersion === 'ipv4' ? AF_INET : AF_INET6,
      [local, bindPort],
      [remote, connectPort],
      foreignSizes,
      sendMemory,
      foreignSizes ? undefined : new LinuxReckonings(this.#host, receiveBufferMaximum, segment),
    );
  }

  get now(): Micros {
    return this.#driver.now;
  }

  get listens(): number {
    return this.#desk.listens;
  }

  deliver(packet: Uint8Array): void {
    this.#port.deliver(packet);
  }

  call(line: CallLine): OngoingCall {
    const ongoing: { -readonly [K in keyof OngoingCall]: OngoingCall[K] } = { finished: undefined, error: undefined };
    const answer = makeCall(new Arguments(line, this.#settings.defines), this.#desk);
    answer.then(
      (result) => {
        ongoing.finished = { at: this.now, result };
      },
      (error: unknown) => {
        ongoing.error = error;
      },
    );
    return ongoing;
  }

  lookup(name: string, localPort: number, remotePort: number): Value | undefined {
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return constant;
    this.#look();
    const watched = this.#seen.get(keyOf(localPort, remotePort));
    const reckoning = this.#desk.reckonings?.of(watched?.connection);
    return infoOf(this.#host, watched, reckoning, name, this.#settings, this.now);
  }

  /** Lets time go on. */
  async pass(step: Pass): Promise<void> {
    await this.#advance(step);
    this.#look();
  }

  async #advance({ until, orPacket }: Pass): Promise<void> {
    const driver = this.#driver;
    if (!orPacket) return driver.advance(Math.max(0, until - driver.now));
    if (this.unread.length > 0) return;
    const program = (): Promise<void> =>
      new Promise((resolve) => {
        const cancel = driver.at(until, resolve);
        this.#onSend = () => {
          cancel();
          driver.woke();
          resolve();
        };
      });
    try {
      await driver.run(program, until - driver.now + SECOND);
    } finally {
      this.#onSend = () => {};
    }
  }

  /** Takes note of the connections there are, and of what holds them up. */
  #look(): void {
    const { now } = this;
    for (const connection of this.#host.tcp.all()) {
      const key = keyOf(connection.tcb.localPort, connection.tcb.remotePort);
      let watched = this.#seen.get(key);
      if (watched?.connection !== connection) {
        watched = { connection, times: new Chronograph(now) };
        this.#seen.set(key, watched);
      }
      watched.times.look(connection, this.#desk.waiting.has(connection), now);
    }
  }

  #sent(packet: Uint8Array, now: Micros): void {
    const provenance = this.#provenances.take();
    if (this.unread.length < MAX_UNREAD) this.unread.push({ ...decode(packet, now), provenance });
    this.#onSend();
  }
}

/** Bits of the prefix of the host's own network. */
const NETWORK = 16;

/** Another address on the same network. */
function beside(address: IpAddress): IpAddress {
  const neighbour = (last: number): number => (last & ~3) | ((last & 3) === 2 ? 1 : 2);
  if (typeof address === 'number') return neighbour(address);
  const { a, b, c, d } = address;
  return new Ipv6(a, b, c, neighbour(d));
}

const keyOf = (localPort: number, remotePort: number): number => localPort * 65_536 + remotePort;
