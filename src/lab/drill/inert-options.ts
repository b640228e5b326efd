/** Options of sockets that say nothing of what goes over the wire here: they are set and answered, as Linux answers them, and that is all. */
import { posixError } from '../../core/errors.ts';
import { CONSTANTS } from './constants.ts';
import type { Entry } from './desk.ts';

/** What `getsockopt` answers, by option, where that is not the value of the beginning. */
export type Told = Map<number, number>;

interface Inert {
  /** What is answered before it is set. */
  readonly start: number;
  /** What is kept of a value. @throws TcplabError EINVAL, ENOPROTOOPT */
  readonly kept: (value: number) => number;
  /** Whether a listener hands it on to the sockets it accepts. */
  readonly inherited: boolean;
  /** The kind of socket that it means nothing to, where it means something to others. */
  readonly only?: Entry['kind'];
}

const refused = (code: 'EINVAL' | 'ENOPROTOOPT'): never => {
  throw posixError(code, 'setsockopt');
};

const NUMBER: Inert = { start: 0, kept: (value) => value | 0, inherited: true };
const SWITCH: Inert = { ...NUMBER, kept: (value) => Number(value !== 0) };
const BIT: Inert = { ...NUMBER, kept: (value) => (value === 0 || value === 1 ? value : refused('EINVAL')) };

const keyOf = (level: number, name: number): number => level * 65_536 + name;

const OPTIONS: ReadonlyMap<number, Inert> = new Map(
  (
    [
      ['SOL_SOCKET', 'SO_PRIORITY', { ...NUMBER, inherited: false }],
      ['SOL_SOCKET', 'SO_MARK', NUMBER],
      ['SOL_SOCKET', 'SO_MAX_PACING_RATE', { ...NUMBER, start: -1 }],
      ['SOL_SOCKET', 'SO_BUSY_POLL', { ...NUMBER, kept: (value) => (value < 0 ? refused('EINVAL') : value) }],
      ['SOL_SOCKET', 'SO_SNDLOWAT', { ...NUMBER, start: 1, kept: () => refused('ENOPROTOOPT') }],
      ['SOL_SOCKET', 'SO_DEBUG', SWITCH],
      ['SOL_SOCKET', 'SO_REUSEPORT', SWITCH],
      ['SOL_SOCKET', 'SO_REUSEADDR', { ...SWITCH, only: 'datagram' }],
      ['SOL_IP', 'IP_BIND_ADDRESS_NO_PORT', SWITCH],
      ['SOL_TCP', 'TCP_THIN_LINEAR_TIMEOUTS', BIT],
      ['SOL_TCP', 'TCP_THIN_DUPACK', { ...BIT, kept: (value) => BIT.kept(value) * 0 }],
    ] satisfies [string, string, Inert][]
  ).map(([level, name, option]) => [keyOf(CONSTANTS.get(level)!, CONSTANTS.get(name)!), option]),
);

const optionOf = ({ kind }: Entry, key: number): Inert | undefined => {
  const option = OPTIONS.get(key);
  return option?.only === undefined || option.only === kind ? option : undefined;
};

/** Sets an option; false when it is none of these. @throws TcplabError EINVAL, ENOPROTOOPT */
export function setInert(entry: Entry, level: number, name: number, value: number): boolean {
  const key = keyOf(level, name);
  const option = optionOf(entry, key);
  if (option !== undefined) entry.told.set(key, option.kept(value));
  return option !== undefined;
}

/** What an option is; undefined when it is none of these. */
export function inertOption(entry: Entry, level: number, name: number): number | undefined {
  const key = keyOf(level, name);
  return entry.told.get(key) ?? optionOf(entry, key)?.start;
}

/** What an accepted socket begins with. */
export const inheritedFrom = (told: Told): Told => new Map([...told].filter(([key]) => OPTIONS.get(key)!.inherited));
