/**
 * `setsockopt` and `getsockopt` of TCP sockets: a table from level and number to what it reads and changes, with Linux's ranges and errors.
 * Not here: what an option does, which is the socket's (stream-socket.ts) or the connection's (tcp/settings.ts).
 *
 * Buffers: Linux doubles what SO_RCVBUF and SO_SNDBUF ask for, since it counts its own book-keeping too, and about half of it holds octets. Here a buffer holds as many
 * octets as were asked for, and `getsockopt` answers the double, so that programs find what they find there.
 */
import { type PosixCode, posixError, TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import { MILLISECOND, type Micros, SECOND } from '../../core/time.ts';
import type { Connection } from '../stack/connection.ts';
import { ALL_ERRORS } from '../stack/datagrams.ts';
import type { Host } from '../stack/host.ts';
import { type ConnectionSettings, retransmissionTime, synRetries, synTime, type TcpInfo } from '../tcp/index.ts';
import * as linux from './constants.ts';
import { ERRNO } from './errno.ts';
import { type StreamSettings, streamSettings } from './stream-settings.ts';

/** SO_LINGER: whether `close` waits for what was sent to arrive, and for how many seconds; 0 seconds: it resets the connection at once. */
export interface Linger {
  onoff: number;
  linger: number;
}

/** SO_RCVTIMEO, SO_SNDTIMEO: how long a call waits before it is rejected with EAGAIN; nothing of both: for ever. */
export interface TimeValue {
  /** Seconds, and microseconds beyond them, below 1,000,000. */
  sec: number;
  usec: number;
}

/** What an option is set to. */
export type OptionValue = number | boolean | Linger | TimeValue;

/** What an option answers. */
export type OptionAnswer = number | Linger | TimeValue | TcpInfo;

/** The socket whose options are read and changed. */
export interface Optioned {
  readonly host: Host;
  readonly connection: Connection | undefined;
  readonly isListening: boolean;
  /** It has a port, or a connection. */
  readonly isBound: boolean;
  readonly connectionSettings: Readonly<ConnectionSettings>;
  readonly settings: StreamSettings;
  /** Tells its connection, those it will make and those it will accept. */
  tell(change: Partial<ConnectionSettings>): void;
  /** Tells the socket. */
  set(settings: StreamSettings): void;
  /** Why the connection ended, if nobody has been told; now somebody is. */
  takeError(): PosixCode | undefined;
  info(): TcpInfo;
}

interface Option {
  readonly get: (socket: Optioned) => OptionAnswer;
  /** Undefined: it can only be read. */
  readonly set: ((socket: Optioned, value: number, whole: OptionValue) => void) | undefined;
  /** The value has several numbers (`whole`), not one. */
  readonly several?: true;
}

/** Least octets of the two buffers, and of a segment: Linux's. */
const LEAST_RECEIVE = 1_152;
const LEAST_SEND = 2_304;
const LEAST_SEGMENT = 88;
const MOST_SEGMENT = 32_767;

const MOST_KEEPALIVE = 32_767;
const MOST_COUNT = 127;
const MOST_FIN_WAIT_2 = 120;
const MOST_TIMERS = 255;

/** The MSS of a connection that is not there. */
const DEFAULT_MSS = 536;

/** The bits of the type of service that are not ECN's. */
const DIFFERENTIATED = 0xfc;

const seconds = (time: Micros): number => Math.round(time / SECOND);

/** @throws TcplabError EINVAL */
function within(value: number, least: number, most: number, what: string): number {
  if (value >= least && value <= most) return value;
  throw new TcplabError('EINVAL', `setsockopt: EINVAL, ${what} is ${least} to ${most}, not ${value}`);
}

const readOnly = (get: Option['get']): Option => ({ get, set: undefined });

/** An option that is on or off in `ConnectionSettings`. */
const flag = (name: 'noDelay' | 'cork' | 'keepAlive'): Option => ({
  get: ({ connectionSettings }) => Number(connectionSettings[name]),
  set: (socket, value) => socket.tell({ [name]: value !== 0 }),
});

/** One in seconds there. */
const keepAliveTime = (name: 'keepAliveIdle' | 'keepAliveInterval', what: string): Option => ({
  get: ({ connectionSettings }) => seconds(connectionSettings[name]),
  set: (socket, value) => socket.tell({ [name]: within(value, 1, MOST_KEEPALIVE, what) * SECOND }),
});

const setting = <K extends 'reuse' | 'urgentInline'>(name: K): Option => ({
  get: ({ settings }) => Number(settings[name]),
  set: (socket, value) => socket.set(streamSettings(socket.settings, { [name]: value !== 0 })),
});

/** As many as the host lets a buffer grow to; a negative number is a large one, as in Linux. */
const buffer = (value: number, least: number, most: number): number => Math.min(Math.max(value >>> 0, least), most);

const waitTime = (name: 'receiveTimeout' | 'sendTimeout'): Option => ({
  get: ({ settings }) => ({ sec: Math.floor(settings[name] / SECOND), usec: settings[name] % SECOND }),
  set: (socket, _, whole) => {
    const { sec, usec } = requireFields(whole, ['sec', 'usec']);
    if (usec < 0 || usec >= SECOND)
      throw new TcplabError('EDOM', `setsockopt: EDOM, usec is 0 to ${SECOND - 1}, not ${usec}`);
    socket.set(streamSettings(socket.settings, { [name]: Math.max(0, sec * SECOND + usec) }));
  },
  several: true,
});

const SOCKET_OPTIONS: ReadonlyMap<number, Option> = new Map<number, Option>([
  [linux.SO_REUSEADDR, setting('reuse')],
  [linux.SO_TYPE, readOnly(() => linux.SOCK_STREAM)],
  [linux.SO_PROTOCOL, readOnly(() => linux.IPPROTO_TCP)],
  [linux.SO_DOMAIN, readOnly(({ settings }) => settings.family.number)],
  [linux.SO_ACCEPTCONN, readOnly(({ isListening }) => Number(isListening))],
  [
    linux.SO_ERROR,
    readOnly((socket) => {
      const error = socket.takeError() ?? socket.connection?.takeSoftError();
      return error === undefined ? 0 : (ERRNO.get(error) ?? 0);
    }),
  ],
  [
    linux.SO_RCVBUF,
    {
      get: ({ connection, connectionSettings }) =>
        2 * Math.max(connection?.tcb.space.receive ?? 0, connectionSettings.receiveBuffer),
      set: (socket, value) => {
        const { receiveBufferMaximum, choices } = socket.host.connectionSettings;
        const most = Math.max(receiveBufferMaximum, choices.grantsReceiveBuffer);
        socket.tell({ receiveBuffer: buffer(value, LEAST_RECEIVE, most) });
      },
    },
  ],
  [
    linux.SO_SNDBUF,
    {
      get: ({ connection, connectionSettings }) => 2 * (connection?.tcb.space.send ?? connectionSettings.sendBuffer),
      set: (socket, value) =>
        socket.tell({ sendBuffer: buffer(value, LEAST_SEND, socket.host.connectionSettings.sendBufferMaximum) }),
    },
  ],
  [linux.SO_KEEPALIVE, flag('keepAlive')],
  [linux.SO_OOBINLINE, setting('urgentInline')],
  [
    linux.SO_LINGER,
    {
      get: ({ settings: { linger } }) => ({ onoff: Number(linger >= 0), linger: Math.max(0, linger) }),
      set: (socket, _, whole) => {
        const { onoff, linger } = requireFields(whole, ['onoff', 'linger']);
        socket.set(streamSettings(socket.settings, { linger: onoff === 0 ? -1 : linger >>> 0 }));
      },
      several: true,
    },
  ],
  [linux.SO_RCVTIMEO, waitTime('receiveTimeout')],
  [linux.SO_SNDTIMEO, waitTime('sendTimeout')],
]);

const TCP_OPTIONS: ReadonlyMap<number, Option> = new Map<number, Option>([
  [linux.TCP_NODELAY, flag('noDelay')],
  [linux.TCP_CORK, flag('cork')],
  [
    linux.TCP_MAXSEG,
    {
      get: ({ connection, connectionSettings }) =>
        connection === undefined || connection.id < 0
          ? connectionSettings.maximumSegment || DEFAULT_MSS
          : connection.tcb.snd.mss,
      set: (socket, value) =>
        socket.tell({
          maximumSegment: value === 0 ? 0 : within(value, LEAST_SEGMENT, MOST_SEGMENT, 'a largest segment'),
        }),
    },
  ],
  [linux.TCP_KEEPIDLE, keepAliveTime('keepAliveIdle', 'the time before a keep-alive, in seconds,')],
  [linux.TCP_KEEPINTVL, keepAliveTime('keepAliveInterval', 'the time between keep-alives, in seconds,')],
  [
    linux.TCP_KEEPCNT,
    {
      get: ({ connectionSettings }) => connectionSettings.keepAliveProbes,
      set: (socket, value) => socket.tell({ keepAliveProbes: within(value, 1, MOST_COUNT, 'a number of keep-alives') }),
    },
  ],
  [
    linux.TCP_SYNCNT,
    {
      get: ({ connectionSettings: { synTimeout, initialRto, maximumRto, choices } }) =>
        synRetries(synTimeout, initialRto, maximumRto, choices.linearSynTimeouts),
      set: (socket, value) => {
        const retries = within(value, 1, MOST_COUNT, 'a number of retransmissions');
        const { connectionSettings } = socket;
        const synTimeout = timeOfSyn(retries, connectionSettings);
        socket.tell({ synTimeout, synAckTimeout: timeOf(retries, connectionSettings) });
      },
    },
  ],
  [
    linux.TCP_LINGER2,
    {
      get: ({ connectionSettings: { finWait2 } }) => (finWait2 < 0 ? -1 : seconds(finWait2)),
      set: (socket, value) => {
        let finWait2 = Math.min(value, MOST_FIN_WAIT_2) * SECOND;
        if (value === 0) ({ finWait2 } = socket.host.connectionSettings);
        socket.tell({ finWait2: Math.max(-1, finWait2) });
      },
    },
  ],
  [
    linux.TCP_DEFER_ACCEPT,
    {
      get: ({ connectionSettings }) =>
        connectionSettings.deferAccept === 0
          ? 0
          : seconds(timeOf(connectionSettings.deferAccept - 1, connectionSettings)),
      set: (socket, value) => socket.tell({ deferAccept: timersWithin(value, socket.connectionSettings) }),
    },
  ],
  [
    linux.TCP_QUICKACK,
    {
      get: ({ connection }) => Number(connection?.tcb.acknowledging.conversing !== true),
      set: ({ host, connection }, value) => {
        if (connection !== undefined) host.tcp.setQuickAck(connection, value !== 0);
      },
    },
  ],
  [
    linux.TCP_USER_TIMEOUT,
    {
      get: ({ host, connectionSettings: { userTimeout, userTimeoutForAll } }) =>
        userTimeoutForAll || userTimeout !== host.connectionSettings.userTimeout
          ? Math.round(userTimeout / MILLISECOND)
          : 0,
      set: (socket, value) => {
        within(value, 0, 0x7fff_ffff, 'a user timeout, in milliseconds,');
        const { userTimeout, userTimeoutForAll } = socket.host.connectionSettings;
        const ofHost = { userTimeout, userTimeoutForAll };
        socket.tell(value === 0 ? ofHost : { userTimeout: value * MILLISECOND, userTimeoutForAll: true });
      },
    },
  ],
  [
    linux.TCP_NOTSENT_LOWAT,
    {
      get: ({ settings: { notSentLowWater } }) => (Number.isFinite(notSentLowWater) ? notSentLowWater | 0 : 0),
      set: (socket, value) =>
        socket.set(
          streamSettings(socket.settings, {
            notSentLowWater: value === 0 ? Number.POSITIVE_INFINITY : value >>> 0,
          }),
        ),
    },
  ],
  [linux.TCP_INFO, readOnly((socket) => socket.info())],
]);

const allErrors = (version: number): Option => ({
  get: ({ settings }) => Number((settings.allErrors & version) !== 0),
  set: (socket, value) => {
    const { allErrors: before } = socket.settings;
    socket.set(streamSettings(socket.settings, { allErrors: value === 0 ? before & ~version : before | version }));
  },
});

const IP_OPTIONS: ReadonlyMap<number, Option> = new Map<number, Option>([
  [
    linux.IP_TOS,
    {
      get: ({ connectionSettings }) => connectionSettings.typeOfService,
      set: (socket, value) => socket.tell({ typeOfService: value & DIFFERENTIATED }),
    },
  ],
  [
    linux.IP_TTL,
    {
      get: ({ connectionSettings }) => connectionSettings.timeToLive,
      set: (socket, value) =>
        socket.tell({
          timeToLive:
            value === -1 ? socket.host.connectionSettings.timeToLive : within(value, 1, 255, 'a time to live'),
        }),
    },
  ],
  [linux.IP_RECVERR, allErrors(ALL_ERRORS.IPV4)],
]);

/** The type of service under another name; that of IPv4 alone has its own. */
const IPV6_OPTIONS: ReadonlyMap<number, Option> = new Map<number, Option>([
  [
    linux.IPV6_V6ONLY,
    {
      get: ({ settings }) => Number(settings.only6),
      set: (socket, value) => {
        if (socket.isBound || socket.settings.family.number !== linux.AF_INET6)
          throw new TcplabError(
            'EINVAL',
            'setsockopt: EINVAL, IPV6_V6ONLY is set on a socket of AF_INET6, and before it is bound',
          );
        socket.set(streamSettings(socket.settings, { only6: value !== 0 }));
      },
    },
  ],
  [linux.IPV6_TCLASS, IP_OPTIONS.get(linux.IP_TOS)!],
  [linux.IPV6_RECVERR, allErrors(ALL_ERRORS.IPV6)],
  [linux.IPV6_UNICAST_HOPS, IP_OPTIONS.get(linux.IP_TTL)!],
]);

const LEVELS: ReadonlyMap<number, ReadonlyMap<number, Option>> = new Map([
  [linux.SOL_SOCKET, SOCKET_OPTIONS],
  [linux.IPPROTO_TCP, TCP_OPTIONS],
  [linux.IPPROTO_IP, IP_OPTIONS],
  [linux.IPPROTO_IPV6, IPV6_OPTIONS],
]);

/** @throws TcplabError ENOPROTOOPT (no such option, or only to be read), EINVAL, EDOM */
export function setOption(socket: Optioned, level: number, name: number, value: OptionValue): void {
  const option = LEVELS.get(level)?.get(name);
  if (option?.set === undefined) throw posixError('ENOPROTOOPT', `setsockopt ${level} ${name}`);
  const number = option.several ? 0 : typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw new TcplabError('EINVAL', `setsockopt: EINVAL, a value is a whole number, not ${given(value)}`);
  option.set(socket, number | 0, value);
}

/** @throws TcplabError ENOPROTOOPT, EOPNOTSUPP (no such level) */
export function getOption(socket: Optioned, level: number, name: number): OptionAnswer {
  const options = LEVELS.get(level);
  if (options === undefined) throw posixError('EOPNOTSUPP', `getsockopt ${level}`);
  const option = options.get(name);
  if (option === undefined) throw posixError('ENOPROTOOPT', `getsockopt ${level} ${name}`);
  return option.get(socket);
}

/** The numbers of a value that has several. */
function requireFields<K extends string>(value: OptionValue, names: readonly K[]): Record<K, number> {
  const fields = value as unknown as Record<K, number>;
  if (typeof value === 'object' && value !== null && names.every((name) => Number.isInteger(fields[name])))
    return fields;
  throw new TcplabError(
    'EINVAL',
    `setsockopt: EINVAL, the value is { ${names.map((name) => `${name}: 1`).join(', ')} }, not ${given(value)}`,
  );
}

/** How long `retries` retransmissions of a SYN,ACK take with the wait after the last: TCP_SYNCNT counts, the connection keeps time. */
const timeOf = (retries: number, { initialRto, maximumRto }: Timing): Micros =>
  retransmissionTime(retries, initialRto, maximumRto);

/** The same of a SYN. */
const timeOfSyn = (retries: number, { initialRto, maximumRto, choices }: Readonly<ConnectionSettings>): Micros =>
  synTime(retries, initialRto, maximumRto, choices.linearSynTimeouts);

type Timing = Readonly<Pick<ConnectionSettings, 'initialRto' | 'maximumRto'>>;

/** TCP_DEFER_ACCEPT is told seconds and counts timers: as many as it takes to wait so long. */
function timersWithin(value: number, options: Pick<ConnectionSettings, 'initialRto' | 'maximumRto'>): number {
  let timers = 0;
  while (value > 0 && timers < MOST_TIMERS && (timers === 0 || seconds(timeOf(timers - 1, options)) < value)) timers++;
  return timers;
}
