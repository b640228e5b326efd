/** How the list's times are asked for: `-t`. Not here: how they are written (see/dissect). */
import { entryOf } from '../../core/entry.ts';
import { localZone } from '../../node/local-zone.ts';
import type { TimeForm, ZoneOffset } from '../../see/dissect/index.ts';
import { UsageError } from '../failure.ts';

/** A kind of time, and the time zone of those on a wall: UTC without one. */
export interface ListTime {
  readonly time: TimeForm;
  readonly zone?: ZoneOffset;
}

/** What `-t` takes: in words, and as tshark has it. */
const TIMES: Readonly<Record<string, readonly [form: TimeForm, local: boolean]>> = {
  relative: ['relative', false],
  r: ['relative', false],
  delta: ['delta', false],
  d: ['delta', false],
  dd: ['delta-shown', false],
  absolute: ['date', true],
  a: ['clock', true],
  ad: ['date', true],
  utc: ['date', false],
  u: ['clock', false],
  ud: ['date', false],
  epoch: ['epoch', false],
  e: ['epoch', false],
};

/**
 * The kind of time of a name; default: relative.
 * @throws UsageError when there is none
 */
export function timeNamed(name = 'relative'): ListTime {
  const known = entryOf(TIMES, name);
  if (known === undefined) {
    throw new UsageError(
      `-t takes relative (r), delta (d), dd, absolute (a, ad), utc (u, ud) or epoch (e), not "${name}"`,
    );
  }
  const [time, local] = known;
  return local ? { time, zone: localZone() } : { time };
}
