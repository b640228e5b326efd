/**
 * A DHCP client: an interface asks for its address, has it for a while, asks again in time, and gives it up when nobody lets it have it any longer. Anybody on the link can be the server: what
 * is offered is checked, never trusted with more than an address, a way out and the addresses of name servers. Read first: RFC 2131 §3.1, §4.4; RFC 5227 §2.1 (an address is tried
 * before it is used). Not here: octets (message.ts).
 */
import { TcplabError } from '../../core/errors.ts';
import { milliseconds } from '../../core/ranges.ts';
import { MILLISECOND, type Micros, SECOND } from '../../core/time.ts';
import { formatIpv4, type Ipv4 } from '../../wire/address.ts';
import { CLIENT_PORT, SERVER_PORT } from '../../wire/dhcp.ts';
import { type Datagram, DatagramQueue, DEFAULT_DATAGRAM_OPTIONS } from '../stack/datagrams.ts';
import type { Host, Waits } from '../stack/host.ts';
import type { Interface } from '../stack/interface.ts';
import * as wire from './message.ts';

/** RFC 2131 §4.1: how long an answer is waited for at first, and at the most; each wait is twice the one before, and up to a second more or less. */
const FIRST_WAIT: Micros = 4 * SECOND;
const LONGEST_WAIT: Micros = 64 * SECOND;

/** RFC 2131 §3.1 (5): how long a client waits after it declined an address. */
const AFTER_DECLINE: Micros = 10 * SECOND;

/** How long the address is kept after it was given back. */
const AFTER_RELEASE: Micros = SECOND / 2;

/** §4.4.5: a lease is asked for again no sooner than this. */
const LEAST_RENEWAL: Micros = 60 * SECOND;

/** The shortest lease that is taken, in seconds: one that ends at once would have us ask without end. */
const LEAST_LEASE = 60;

/** How often a request is repeated before another server is asked. */
const REQUESTS = 4;

const QUEUE = {
  ...DEFAULT_DATAGRAM_OPTIONS,
  receiveBuffer: 16_384,
  receiveDatagrams: 16,
};

/** What an interface was given; addresses as texts. */
export interface Lease {
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string | undefined;
  readonly nameServers: readonly string[];
  readonly server: string;
  /** When it ends, on the driver's clock. */
  readonly until: Micros;
}

/** The same, with what the client reckons with. */
interface Grant {
  readonly address: Ipv4;
  readonly server: Ipv4;
  readonly lease: Lease;
}

/** Options of a client. */
export interface DhcpOptions {
  /** How long the first lease is waited for (one of less than 60 seconds is not taken), in milliseconds, 1 to 86,400,000; default 60,000. */
  timeout?: number;
  /** Whether the address is tried by ARP before it is used; default true. */
  probe?: boolean;
  /** Told of each lease, and of its end (undefined). */
  onChange?: (lease: Lease | undefined) => void;
}

type Phase = 'init' | 'selecting' | 'requesting' | 'probing' | 'bound' | 'renewing' | 'rebinding' | 'stopped';

/** A client of one interface. */
export class DhcpClient implements Waits {
  /** For its host's `sockets`. */
  place = -1;
  readonly #host: Host;
  readonly #interface: Interface;
  readonly #options: DhcpOptions;
  readonly #queue: DatagramQueue;
  #phase: Phase = 'init';
  #grant: Grant | undefined = undefined;
  #offer: wire.ServerMessage | undefined = undefined;
  #transaction = 0;
  #began: Micros = 0;
  #wait: Micros = FIRST_WAIT;
  #requests = 0;
  /** Refusals in a row. */
  #refusals = 0;
  #whyNone = 'is there one on this network?';
  #cancel: () => void = () => {};
  #waiters: { resolve: (lease: Lease) => void; reject: (error: unknown) => void }[] = [];

  /** For `requestLease`, which makes these. */
  constructor(host: Host, iface: Interface, options: DhcpOptions) {
    this.#host = host;
    this.#interface = iface;
    this.#options = options;
    if (!host.udp.ports.isFree(0, CLIENT_PORT, false))
      throw new TcplabError(
        'EADDRINUSE',
        `DHCP on ${iface.name}: EADDRINUSE, port ${CLIENT_PORT} of ${host.name} is taken`,
      );
    this.#queue = new DatagramQueue(0, CLIENT_PORT, QUEUE);
    this.#queue.onArrival = () => this.#arrived();
    host.udp.ports.bind(this.#queue);
    host.sockets.add(this);
    host.driver.opened();
    this.#discover();
  }

  /** What the interface has; undefined while it has nothing. */
  get lease(): Lease | undefined {
    return this.#grant?.lease;
  }

  /** How far it is, in the words of RFC 2131 §4.4. */
  get phase(): Phase {
    return this.#phase;
  }

  waiting(): string | undefined {
    return this.#grant === undefined ? `a DHCP lease on ${this.#interface.name}` : undefined;
  }

  /**
   * The lease, when there is one.
   * @throws TcplabError (as a rejection) ETIMEDOUT when no server answers in time, EBADF when it was stopped
   */
  leased(): Promise<Lease> {
    if (this.#grant !== undefined) return Promise.resolve(this.#grant.lease);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** Gives the address back and stops; the interface is without it half a second later. */
  stop(): void {
    if (this.#phase === 'stopped') return;
    const grant = this.#grant;
    if (grant !== undefined) {
      this.#send({ type: wire.RELEASE, address: grant.address, server: grant.server }, grant.server);
      // The release may have to ask first where the server is, and is answered for by the address that it gives back.
      this.#later(AFTER_RELEASE, () => this.#give(undefined));
    } else this.#cancel();
    this.#phase = 'stopped';
    const { udp, sockets, driver } = this.#host;
    udp.ports.unbind(this.#queue);
    sockets.delete(this);
    this.#fail(new TcplabError('EBADF', `DHCP on ${this.#interface.name}: EBADF, the client was stopped`));
    driver.wake();
  }

  /** No lease has come in time: who waits is told. It goes on asking. */
  timedOut(): void {
    this.#fail(
      new TcplabError(
        'ETIMEDOUT',
        `DHCP on ${this.#interface.name}: ETIMEDOUT, no server has given an address; ${this.#whyNone}`,
      ),
    );
  }

  #fail(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    if (waiters.length > 0) this.#host.driver.woke();
    for (const { reject } of waiters) reject(error);
  }

  #later(delay: Micros, then: () => void): void {
    this.#cancel();
    const { driver } = this.#host;
    this.#cancel = driver.at(driver.now + delay, then);
  }

  /** Up to a second sooner or later, so that a network that comes up does not ask at once. */
  #jitter(): Micros {
    return (this.#host.random.next() >> 11) % SECOND;
  }

  #backOff(again: () => void): void {
    this.#later(Math.max(SECOND, this.#wait + this.#jitter()), again);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
  }

  #discover(): void {
    this.#phase = 'selecting';
    this.#offer = undefined;
    this.#transaction = this.#host.random.next();
    this.#began = this.#host.driver.now;
    this.#wait = FIRST_WAIT;
    this.#sayDiscover();
  }

  #sayDiscover(): void {
    this.#send({ type: wire.DISCOVER }, -1);
    this.#backOff(() => this.#sayDiscover());
  }

  #request(offer: wire.ServerMessage): void {
    this.#phase = 'requesting';
    this.#offer = offer;
    this.#wait = FIRST_WAIT;
    this.#requests = REQUESTS;
    this.#sayRequest(offer);
  }

  #sayRequest(offer: wire.ServerMessage): void {
    if (this.#requests-- === 0) return this.#discover();
    this.#send({ type: wire.REQUEST, requested: offer.address, server: offer.server }, -1);
    this.#backOff(() => this.#sayRequest(offer));
  }

  /** Half the lease is over, or seven eighths: the server that gave it is asked, or any. */
  #renew(grant: Grant, rebinding: Micros): void {
    const { now } = this.#host.driver;
    const { address, server } = grant;
    const { until } = grant.lease;
    if (now >= until) {
      this.#give(undefined);
      return this.#discover();
    }
    const direct = now < rebinding;
    this.#phase = direct ? 'renewing' : 'rebinding';
    this.#transaction = this.#host.random.next();
    this.#began = now;
    this.#send({ type: wire.REQUEST, address }, direct ? server : -1);
    const left = (direct ? rebinding : until) - now;
    this.#later(Math.min(left, Math.max(LEAST_RENEWAL, left / 2)), () => this.#renew(grant, rebinding));
  }

  #arrived(): void {
    for (let datagram = this.#queue.take(); datagram !== undefined; datagram = this.#queue.take()) this.#take(datagram);
  }

  #take({ bytes, port }: Datagram): void {
    const message = port === SERVER_PORT ? wire.readMessage(bytes, this.#interface.mac) : undefined;
    if (message === undefined || message.transaction !== this.#transaction) return;
    const asks = this.#phase === 'requesting' || this.#phase === 'renewing' || this.#phase === 'rebinding';
    if (this.#phase === 'selecting' && message.type === wire.OFFER) {
      const fault = faultOf(message);
      if (fault === undefined) this.#request(message);
      else this.#whyNone = `${formatIpv4(message.server)} offers ${fault}`;
    } else if (asks && message.type === wire.ACK && this.#isOurs(message)) this.#acknowledged(message);
    else if (asks && message.type === wire.NAK) this.#refused(message);
  }

  /** The server says no: it is begun anew, at once; after the second refusal in a row later and later, for who always refuses is asked without end. */
  #refused({ server }: wire.ServerMessage): void {
    this.#whyNone = `${formatIpv4(server)} refuses what it has offered`;
    this.#give(undefined);
    this.#phase = 'init';
    if (this.#refusals++ === 0) return this.#discover();
    const wait = Math.min(FIRST_WAIT * 2 ** (this.#refusals - 2), LONGEST_WAIT);
    this.#later(wait + this.#jitter(), () => this.#discover());
  }

  /** Whether an acknowledgment is about what was asked for. */
  #isOurs(message: wire.ServerMessage): boolean {
    const asked = this.#phase === 'requesting' ? this.#offer?.address : this.#grant?.address;
    const server = this.#phase === 'requesting' ? this.#offer?.server : message.server;
    return faultOf(message) === undefined && message.address === asked && message.server === server;
  }

  #acknowledged(message: wire.ServerMessage): void {
    const { arp } = this.#interface;
    if (this.#phase !== 'requesting' || arp === undefined || this.#options.probe === false) return this.#bind(message);
    //= RFC 2131 §4.4.1: the address is tried before it is used
    this.#phase = 'probing';
    this.#cancel();
    arp.probe(message.address, this.#host.driver.now, (free) => {
      if (this.#phase !== 'probing') return;
      if (free) return this.#bind(message);
      this.#send({ type: wire.DECLINE, requested: message.address, server: message.server }, -1);
      this.#later(AFTER_DECLINE, () => this.#discover());
    });
    this.#host.driver.wake();
  }

  #bind(message: wire.ServerMessage): void {
    const began = this.#began;
    const forEver = message.lease === 0xffff_ffff;
    const length = forEver ? Number.POSITIVE_INFINITY : message.lease * SECOND;
    const inside = (address: Ipv4): boolean =>
      message.prefix < 32 && (address ^ message.address) >>> (32 - message.prefix) === 0 && address !== message.address;
    const gateway = message.routers.find(inside);
    const { address, server } = message;
    const lease: Lease = {
      address: formatIpv4(address),
      prefix: message.prefix,
      gateway: gateway === undefined ? undefined : formatIpv4(gateway),
      nameServers: message.nameServers.map(formatIpv4),
      server: formatIpv4(server),
      until: began + length,
    };
    const grant: Grant = { address, server, lease };
    this.#phase = 'bound';
    this.#refusals = 0;
    this.#cancel();
    this.#give(grant);
    const { now } = this.#host.driver;
    const at = (said: number | undefined, share: number): Micros =>
      began + Math.min(said === undefined ? length * share : said * SECOND, length * share);
    const rebinding = at(message.rebinding, 0.875);
    if (!forEver)
      this.#later(Math.max(LEAST_RENEWAL / 2, at(message.renewal, 0.5) - now), () => this.#renew(grant, rebinding));
    const waiters = this.#waiters;
    this.#waiters = [];
    if (waiters.length > 0) this.#host.driver.woke();
    for (const { resolve } of waiters) resolve(lease);
  }

  /** The interface has this from now on. */
  #give(grant: Grant | undefined): void {
    const before = this.#grant?.lease;
    if (before === undefined && grant === undefined) return;
    this.#grant = grant;
    const iface = this.#interface;
    const lease = grant?.lease;
    const same =
      before?.address === lease?.address && before?.prefix === lease?.prefix && before?.gateway === lease?.gateway;
    if (!same) {
      iface.configure({ address: grant?.address ?? 0, length: lease?.prefix ?? 0 }, lease?.gateway);
      iface.arp?.announce(this.#host.driver.now);
    }
    this.#options.onChange?.(lease);
  }

  #send(message: Omit<wire.ClientMessage, 'transaction' | 'mac' | 'seconds'>, to: Ipv4): void {
    const host = this.#host;
    const { now } = host.driver;
    const iface = this.#interface;
    const seconds = Math.floor((now - this.#began) / SECOND);
    const octets = wire.writeMessage({ ...message, transaction: this.#transaction, mac: iface.mac, seconds });
    host.udp.send(iface, message.address ?? 0, CLIENT_PORT, to, SERVER_PORT, octets, now);
  }
}

/** What a host cannot live with in an offer; undefined when there is nothing. */
function faultOf({ address, prefix, lease }: wire.ServerMessage): string | undefined {
  const first = address >>> 24;
  if (first === 0 || first === 127 || first >= 224 || prefix < 1)
    return `${formatIpv4(address)}/${prefix}, which no host can have`;
  return lease >= LEAST_LEASE
    ? undefined
    : `a lease of ${lease} s, less than the least that is taken, ${LEAST_LEASE} s`;
}

/**
 * Has an interface ask for its address, by DHCP, from now on.
 * @throws TcplabError EINVAL when the interface is a loopback or an option is out of range, EADDRINUSE when the host has a client already
 * @example
 * const eth0 = host.plug(port, { address: '0.0.0.0/0' });
 * const { address } = await requestLease(host, eth0).leased();
 */
export function requestLease(host: Host, iface: Interface, options: DhcpOptions = {}): DhcpClient {
  if (iface.isLoopback) throw new TcplabError('EINVAL', `${iface.name} is a loopback: it has its address for good`);
  const timeout = milliseconds('timeout', options.timeout ?? 60_000, 1, 86_400_000);
  const client = new DhcpClient(host, iface, options);
  const { driver } = host;
  const cancel = driver.at(driver.now + timeout * MILLISECOND, () => client.timedOut());
  client.leased().then(cancel, cancel);
  return client;
}
