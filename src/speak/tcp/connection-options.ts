/**
 * What a program can tell a connection, with ranges and defaults, in the units of programs: at OPEN, and most of it later too. Not here: what a connection
 * holds, which is in the stack's own units (connection-settings.ts). Read first: RFC 9293 §3.9.1.1, §3.9.1.9; RFC 1122 §4.2.4.
 */
import { TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import { milliseconds, type Range, wholeNumber } from '../../core/ranges.ts';
import { type Choices, checkChoices, OWN_CHOICES } from './choices.ts';

/** A way through gateways (IPv4's source route options, RFC 791 §3.1). */
export interface SourceRouteOption {
  /** Their addresses in the order in which packets pass them, 1 to 9. */
  readonly via: readonly string[];
  /** Whether packets may pass through these alone; default false. */
  readonly strict?: boolean;
}

/** What a connection can be told. Times in milliseconds, which may have fractions down to a microsecond; sizes in octets. */
export interface ConnectionOptions {
  /** The most received octets that wait for the program, 1 to 2^30; default 262,144. The window never promises more. */
  receiveBuffer: number;
  /** The most octets that wait to be sent or acknowledged, 1 to 2^30; default 262,144. */
  sendBuffer: number;
  /** How far the two may grow when the path needs it; defaults 4,194,304 octets each. Whoever names a buffer's size and no maximum fixes it: see `changedSettings`. */
  receiveBufferMaximum: number;
  sendBufferMaximum: number;
  /** Whether to offer window scaling (RFC 7323 §2); default true. */
  windowScaling: boolean;
  /** How long a connection stays in TIME-WAIT: 2 MSL (RFC 9293 §3.4.2, MSL 2 minutes); default 4 minutes. */
  timeWait: number;
  /** The first retransmission timeout (RFC 6298 §2.1); default 1 second. */
  initialRto: number;
  /** The least and the greatest retransmission timeout (RFC 6298 §2.4, §2.5); defaults 1 second and 60 seconds. */
  minimumRto: number;
  maximumRto: number;
  /** How long data or a FIN is sent again without an answer before the connection is given up: R2 (RFC 9293 §3.8.3 asks for 100 seconds or more), above 0, also Infinity; default 15 minutes. */
  userTimeout: number;
  /** Whether the user timeout also ends an active open, from the second SYN on and when `synTimeout` does not do so before, and decides instead of `keepAliveProbes` when a silent peer is given up: what TCP_USER_TIMEOUT means in Linux; default false. */
  userTimeoutForAll: boolean;
  /** The same as `userTimeout` for a SYN; default 3 minutes (RFC 9293 §3.8.3 MUST-23). */
  synTimeout: number;
  /** The same for the SYN,ACK of a passive open; default what `synTimeout` is. */
  synAckTimeout: number;
  /** After how many retransmissions of the same octets without an answer the program and IP are told of the trouble: R1 (RFC 9293 §3.8.3 asks for 3 or more), 1 to 255; default 3. */
  reportAfter: number;
  /** Whether to offer timestamps (RFC 7323 §3); default true. */
  timestamps: boolean;
  /** Whether to offer selective acknowledgments (RFC 2018); default true. */
  selectiveAcknowledgments: boolean;
  /** The least MSS that a peer is believed to mean, in octets, 1 to 536; default 48. One that names less, as attacks do to have every octet cost a packet, is sent as much. */
  minimumMss: number;
  /** How long an acknowledgment waits for company (RFC 9293 §3.8.6.3), from 0 to below 500; default 40. */
  delayedAck: number;
  /** Whether small segments are sent while others are in flight: TCP_NODELAY, which turns Nagle's algorithm off (RFC 9293 §3.7.4); default false. */
  noDelay: boolean;
  /** Whether octets that do not fill a segment wait for more: TCP_CORK; at the most 200 milliseconds, as in Linux; default false. */
  cork: boolean;
  /** The largest segment to send and to ask the peer for: TCP_MAXSEG, 88 to 32,767 octets; default 0, what the link takes. */
  maximumSegment: number;
  /** Whether an idle peer is asked for a sign of life (RFC 9293 §3.8.4 MUST-24, MUST-25: off unless asked for); default false. */
  keepAlive: boolean;
  /** After how long without a segment; default 2 hours (MUST-28). Then so many times, in these intervals; defaults 9 and 75 seconds. */
  keepAliveIdle: number;
  keepAliveProbes: number;
  keepAliveInterval: number;
  /** The most challenge ACKs (RFC 5961 §7) in an interval; defaults 10 and 5 seconds. */
  challengeLimit: number;
  challengeInterval: number;
  /** How long FIN-WAIT-2 lasts at the most once the program has closed both directions; -1 not at all, the connection is then reset; default 60 seconds. */
  finWait2: number;
  /** How many times the timer of a SYN,ACK may expire before a last segment of the handshake that brings no octets is enough (TCP_DEFER_ACCEPT), 0 to 255; default 0: it is. */
  deferAccept: number;
  /** Whether congestion is told by marks (RFC 3168): never, when the peer asks for it, or asked of the peer too; default 'passive'. */
  ecn: 'off' | 'passive' | 'active';
  //= RFC 9293 §3.9.2 SHLD-23: nothing but `configure` changes it
  /** The Differentiated Services field (IPv4's type of service) of packets sent, 0 to 255; its two low bits belong to ECN and are not used. Default 0. */
  typeOfService: number;
  /** The time to live of packets sent, 1 to 255; default 64, or what the host was told. */
  timeToLive: number;
  /** The gateways that the packets of a connection opened actively go through; default none. */
  sourceRoute: SourceRouteOption | undefined;
  /** Where RFCs leave a choice that few programs care for: see choices.ts; default OWN_CHOICES. */
  choices: Choices;
}

/** The defaults of `ConnectionOptions`. */
export const DEFAULT_OPTIONS: Readonly<ConnectionOptions> = {
  receiveBuffer: 262_144,
  sendBuffer: 262_144,
  receiveBufferMaximum: 4_194_304,
  sendBufferMaximum: 4_194_304,
  windowScaling: true,
  timeWait: 240_000,
  initialRto: 1_000,
  minimumRto: 1_000,
  maximumRto: 60_000,
  //= RFC 9293 §3.8.3 SHLD-11
  userTimeout: 900_000,
  userTimeoutForAll: false,
  //= RFC 9293 §3.8.3 MUST-23
  synTimeout: 180_000,
  synAckTimeout: 180_000,
  //= RFC 9293 §3.8.3 SHLD-10
  reportAfter: 3,
  finWait2: 60_000,
  deferAccept: 0,
  timestamps: true,
  selectiveAcknowledgments: true,
  minimumMss: 48,
  delayedAck: 40,
  noDelay: false,
  cork: false,
  maximumSegment: 0,
  challengeLimit: 10,
  challengeInterval: 5_000,
  //= RFC 9293 §3.8.4 MUST-25
  keepAlive: false,
  //= RFC 9293 §3.8.4 MUST-28
  keepAliveIdle: 7_200_000,
  keepAliveProbes: 9,
  keepAliveInterval: 75_000,
  ecn: 'passive',
  typeOfService: 0,
  timeToLive: 64,
  sourceRoute: undefined,
  choices: OWN_CHOICES,
};

/** Milliseconds in an hour and in 24 days: deadlines are int32 ticks, of 25 days at the most. */
const HOUR = 3_600_000;
const DAYS = 24 * 24 * HOUR;

/** A microsecond: the least time that is one. */
const LEAST = 0.001;

/** The options that are times. */
export type Time =
  | 'timeWait'
  | 'initialRto'
  | 'minimumRto'
  | 'maximumRto'
  | 'userTimeout'
  | 'synTimeout'
  | 'synAckTimeout'
  | 'delayedAck'
  | 'keepAliveIdle'
  | 'keepAliveInterval'
  | 'challengeInterval'
  | 'finWait2';

/** The least and the greatest value of each time, in milliseconds. */
export const TIMES: Readonly<Record<Time, Range>> = {
  timeWait: [0, HOUR],
  initialRto: [LEAST, 600_000],
  minimumRto: [LEAST, 600_000],
  maximumRto: [LEAST, 600_000],
  userTimeout: [LEAST, Number.POSITIVE_INFINITY],
  synTimeout: [LEAST, Number.POSITIVE_INFINITY],
  synAckTimeout: [LEAST, Number.POSITIVE_INFINITY],
  finWait2: [-1, HOUR],
  //= RFC 9293 §3.8.6.3 MUST-40
  delayedAck: [0, 500 - LEAST],
  challengeInterval: [0, HOUR],
  keepAliveIdle: [LEAST, DAYS],
  keepAliveInterval: [LEAST, DAYS],
};

/** The least and the greatest value of each other number; all are whole. */
const NUMBERS: ReadonlyMap<string, Range> = new Map([
  ['receiveBuffer', [1, 1 << 30]],
  ['sendBuffer', [1, 1 << 30]],
  ['receiveBufferMaximum', [1, 1 << 30]],
  ['sendBufferMaximum', [1, 1 << 30]],
  ['reportAfter', [1, 255]],
  ['deferAccept', [0, 255]],
  ['minimumMss', [1, 536]],
  ['challengeLimit', [0, 1 << 30]],
  ['keepAliveProbes', [1, 1 << 30]],
  ['maximumSegment', [0, 32_767]],
  ['typeOfService', [0, 255]],
  ['timeToLive', [1, 255]],
]);

export const isTime = (name: string): name is Time => Object.hasOwn(TIMES, name);

/** All options, by name. */
export const NAMES: readonly string[] = Object.keys(DEFAULT_OPTIONS);

/**
 * Says what is wrong with the value of an option that there is.
 * @throws TcplabError EINVAL when it is out of its range
 */
export function checkOption(name: string, value: unknown): void {
  const range = NUMBERS.get(name);
  if (isTime(name)) milliseconds(name, value, ...TIMES[name]);
  else if (range !== undefined) wholeNumber(name, value, ...range);
  else if (name === 'choices') checkChoices(value);
  else if (name === 'ecn') {
    if (value !== 'off' && value !== 'passive' && value !== 'active')
      throw new TcplabError('EINVAL', `ecn is 'off', 'passive' or 'active', not ${given(value)}`);
  } else if (name !== 'sourceRoute' && typeof value !== 'boolean')
    throw new TcplabError('EINVAL', `${name} is true or false, not ${given(value)}`);
}
