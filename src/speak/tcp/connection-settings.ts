/**
 * What a connection holds of what it was told: the options of connection-options.ts in the stack's own units, times in microseconds. Here alone is the
 * one turned into the other. Options of sockets (`setsockopt`), which have Linux's units and ranges, come straight as settings.
 */
import { requireKnown } from '../../core/given.ts';
import { MILLISECOND, type Micros } from '../../core/time.ts';
import type { Choices } from './choices.ts';
import {
  type ConnectionOptions,
  checkOption,
  DEFAULT_OPTIONS,
  isTime,
  NAMES,
  type Time,
} from './connection-options.ts';

/** What a connection holds: `ConnectionOptions`, but times, those among the choices too, are microseconds. */
export type ConnectionSettings = Omit<ConnectionOptions, Time> & Record<Time, Micros>;

/** The nearest microsecond. */
const micros = (milliseconds: number): Micros => Math.round(milliseconds * MILLISECOND);

const choiceSettings = (choices: Choices): Choices => ({
  ...choices,
  leastVariance: micros(choices.leastVariance),
  keepsTimestampAfter: micros(choices.keepsTimestampAfter),
});

/**
 * Options as settings. One that is undefined is not told, but for a source route, of which undefined is none.
 * @throws TcplabError EINVAL when an option is unknown or out of its range
 */
export function settingsFrom(options: Partial<ConnectionOptions>): Partial<ConnectionSettings> {
  requireKnown(options, NAMES, 'a connection');
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined && name !== 'sourceRoute') continue;
    checkOption(name, value);
    settings[name] = isTime(name) ? micros(value as number) : value;
  }
  if (options.choices !== undefined) settings.choices = choiceSettings(options.choices);
  return settings as Partial<ConnectionSettings>;
}

/** `base` with changes; a buffer that is given a size and no maximum stays at that size, and a SYN,ACK is given as long as a SYN where only that is said. */
export function changedSettings(
  base: Readonly<ConnectionSettings>,
  change: Partial<ConnectionSettings>,
): Readonly<ConnectionSettings> {
  const fixed: Partial<ConnectionSettings> = {};
  if (change.receiveBuffer !== undefined) fixed.receiveBufferMaximum = change.receiveBuffer;
  if (change.sendBuffer !== undefined) fixed.sendBufferMaximum = change.sendBuffer;
  if (change.synTimeout !== undefined) fixed.synAckTimeout = change.synTimeout;
  return { ...base, ...fixed, ...change };
}

/**
 * `base` with what a program tells.
 * @throws TcplabError EINVAL when an option is unknown or out of its range
 */
export const connectionSettings = (
  base: Readonly<ConnectionSettings>,
  options: Partial<ConnectionOptions>,
): Readonly<ConnectionSettings> => changedSettings(base, settingsFrom(options));

/** What a connection holds that was told nothing. */
export const DEFAULT_SETTINGS: Readonly<ConnectionSettings> = settingsFrom(DEFAULT_OPTIONS) as ConnectionSettings;
