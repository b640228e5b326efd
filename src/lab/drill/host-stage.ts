/** A stage with a host on virtual time and programs that make system calls: what `tcplab drill` plays scripts on. */
import type { Micros } from '../../core/time.ts';
import { SECOND } from '../../core/time.ts';
import type { Connection } from '../../speak/stack/connection.ts';
import { Host } from '../../speak/stack/host.ts';
import { VirtualDriver } from '../../speak/stack/virtual-driver.ts';
import { formatIpv4, type Ipv4, readIpv4 } from '../../wire/address.ts';
import { Arguments } from './arguments.ts';
import { makeCall } from './calls.ts';
import type { Value } from './code.ts';
import { CONSTANTS } from './constants.ts';
import { Desk } from './desk.ts';
import { infoOf } from './info.ts';
import { MAX_UNREAD } from './limits.ts';
import { decode, type SeenPacket } from './packet.ts';
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
}

/** A host that a script plays with. */
export class HostStage implements Stage {
  readonly unread: SeenPacket[] = [];
  readonly localAddress: Ipv4;
  readonly remoteAddress: Ipv4;
  readonly bindPort: number;
  readonly connectPort: number;
  readonly #driver: VirtualDriver;
  readonly #host: Host;
  readonly #port: ScriptPort;
  readonly #desk: Desk;
  readonly #settings: Settings;
  #onSend: () => void = () => {};
  /** The last connection between each pair of ports: code may ask for it when the host has let go of it. */
  readonly #seen = new Map<number, Connection>();

  constructor(settings: Settings, { afterPrograms, seed = 1 }: HostStageOptions) {
    const { localIp, remoteIp, bindPort, connectPort, mtu } = settings;
    this.#settings = settings;
    this.localAddress = readIpv4(localIp) ?? 0;
    this.remoteAddress = readIpv4(remoteIp) ?? 0;
    this.bindPort = bindPort;
    this.connectPort = connectPort;
    this.#driver = new VirtualDriver({ afterPrograms, seed });
    // The link keeps no frame: a few serve any burst.
    const frames = { frames: 64, largeFrames: 8 };
    this.#host = new Host({ driver: this.#driver, name: 'host', connection: settings.connection, ...frames });
    this.#port = new ScriptPort(mtu, (packet, now) => this.#sent(packet, now));
    // Anywhere else is behind a gateway that nobody has to find: the link carries bare IP packets.
    const beside = formatIpv4((this.localAddress & ~3) | ((this.localAddress & 3) === 2 ? 1 : 2));
    this.#host.plug(this.#port, { address: `${localIp}/16`, gateway: beside });
    this.#desk = new Desk(this.#host, [localIp, bindPort], [remoteIp, connectPort]);
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
    const key = localPort * 65_536 + remotePort;
    for (const connection of this.#host.tcp.all()) {
      const { tcb } = connection;
      if (tcb.localPort === localPort && tcb.remotePort === remotePort) this.#seen.set(key, connection);
    }
    return infoOf(this.#seen.get(key), name, this.now);
  }

  /** Lets time go on. */
  async pass({ until, orPacket }: Pass): Promise<void> {
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

  #sent(packet: Uint8Array, now: Micros): void {
    if (this.unread.length < MAX_UNREAD) this.unread.push(decode(packet, now));
    this.#onSend();
  }
}
