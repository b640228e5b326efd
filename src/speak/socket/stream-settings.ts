/** What a program tells a TCP socket itself, and not the connection (that is `ConnectionOptions`). Shared by all sockets that were told the same; a socket that is told something gets another. */

import { type AddressFamily, INET, INET6 } from './family.ts';

/** Settings of a TCP socket. */
export interface StreamSettings {
  /** AF_INET or AF_INET6. */
  readonly family: AddressFamily;
  /** IPV6_V6ONLY: a socket of AF_INET6 speaks no IPv4. */
  readonly only6: boolean;
  /** O_NONBLOCK not set: calls wait. */
  readonly blocking: boolean;
  /** SO_REUSEADDR: whether `bind` takes a port from which connections still linger. */
  readonly reuse: boolean;
  /** SO_LINGER: how many seconds `close` waits for what was sent to arrive, 0 to reset the connection, -1 to do neither. */
  readonly linger: number;
  /** SO_OOBINLINE: urgent octets stay in their place among the others. */
  readonly urgentInline: boolean;
  /** TCP_NOTSENT_LOWAT: a socket with so many octets that were not sent is not writable. */
  readonly notSentLowWater: number;
  /** IP_RECVERR and IPV6_RECVERR: a connection over that version is told at once of ICMP errors that do not end it; bits of ALL_ERRORS. */
  readonly allErrors: number;
  /** SO_RCVTIMEO and SO_SNDTIMEO: how long a call waits, in microseconds; 0 for ever. */
  readonly receiveTimeout: number;
  readonly sendTimeout: number;
  /** Whether any of this makes `recv` or `send` do what it does not do otherwise. */
  readonly special: boolean;
}

/** What a new socket is told. */
export const PLAIN: StreamSettings = {
  family: INET,
  only6: false,
  blocking: true,
  reuse: false,
  linger: -1,
  // Linux's default is not: RFC 6093 §5 asks programs that still use urgent data to set it.
  urgentInline: true,
  notSentLowWater: Number.POSITIVE_INFINITY,
  allErrors: 0,
  receiveTimeout: 0,
  sendTimeout: 0,
  special: false,
};

/** The same for one of AF_INET6. */
export const PLAIN_6: StreamSettings = { ...PLAIN, family: INET6 };

/** `base` with changes. */
export function streamSettings(base: StreamSettings, change: Partial<Omit<StreamSettings, 'special'>>): StreamSettings {
  const all = { ...base, ...change };
  const special =
    !all.blocking ||
    !all.urgentInline ||
    all.notSentLowWater !== PLAIN.notSentLowWater ||
    all.receiveTimeout !== 0 ||
    all.sendTimeout !== 0;
  return { ...all, special };
}

/** What an accepted socket has from the one that listened: all but whether it waits, as in Linux. */
export const inherited = (settings: StreamSettings): StreamSettings =>
  settings.blocking ? settings : streamSettings(settings, { blocking: true });
