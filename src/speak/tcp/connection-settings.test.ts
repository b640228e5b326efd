import { expect, test } from 'vitest';
import { MILLISECOND, MINUTE, SECOND } from '../../core/time.ts';
import { LINUX_CHOICES, OWN_CHOICES } from './choices.ts';
import { type ConnectionOptions, DEFAULT_OPTIONS, TIMES, type Time } from './connection-options.ts';
import { changedSettings, connectionSettings, DEFAULT_SETTINGS, settingsFrom } from './connection-settings.ts';

test('options are milliseconds, settings microseconds; nothing else changes', () => {
  const { choices, ...settings } = DEFAULT_SETTINGS;
  expect(choices).toEqual(OWN_CHOICES);
  for (const [name, value] of Object.entries(settings)) {
    const told = DEFAULT_OPTIONS[name as Time];
    expect(value, name).toBe(name in TIMES ? told * MILLISECOND : told);
  }
  expect(settings).toMatchObject({
    timeWait: 4 * MINUTE,
    initialRto: SECOND,
    minimumRto: SECOND,
    maximumRto: MINUTE,
    userTimeout: 15 * MINUTE,
    synTimeout: 3 * MINUTE,
    synAckTimeout: 3 * MINUTE,
    delayedAck: 40 * MILLISECOND,
    keepAliveIdle: 120 * MINUTE,
    keepAliveInterval: 75 * SECOND,
    challengeInterval: 5 * SECOND,
    finWait2: MINUTE,
    receiveBuffer: 262_144,
  });
});

test('a fraction of a millisecond is the nearest microsecond', () => {
  expect(settingsFrom({ delayedAck: 0.5, initialRto: 0.0014, userTimeout: Infinity, finWait2: -1 })).toEqual({
    delayedAck: 500,
    initialRto: 1,
    userTimeout: Infinity,
    finWait2: -1_000,
  });
});

test('so are the times among the choices', () => {
  expect(settingsFrom({ choices: { ...LINUX_CHOICES, keepsTimestampAfter: 1.5 } }).choices).toEqual({
    ...LINUX_CHOICES,
    leastVariance: 200 * MILLISECOND,
    keepsTimestampAfter: 1_500,
  });
});

test('an option that is undefined is not told, but a source route can be taken back', () => {
  const routed = connectionSettings(DEFAULT_SETTINGS, { sourceRoute: { via: ['10.0.0.1'] }, delayedAck: 1 });
  const silent = { delayedAck: undefined } as unknown as Partial<ConnectionOptions>;
  expect(connectionSettings(routed, silent)).toEqual(routed);
  expect(connectionSettings(routed, { sourceRoute: undefined }).sourceRoute).toBeUndefined();
});

test('a buffer that is given a size and no maximum stays at it', () => {
  expect(changedSettings(DEFAULT_SETTINGS, { sendBuffer: 9 })).toMatchObject({ sendBuffer: 9, sendBufferMaximum: 9 });
});

test.each<[Record<string, unknown>, string]>([
  [{ userTimeout: 0 }, 'userTimeout is a number of milliseconds from 0.001 to Infinity, not 0'],
  [{ timeWait: 3_600_001 }, 'timeWait is a number of milliseconds from 0 to 3600000, not 3600001'],
  [{ minimumRto: '200' }, 'minimumRto is a number of milliseconds from 0.001 to 600000, not "200"'],
  [{ finWait2: Number.NaN }, 'finWait2 is a number of milliseconds from -1 to 3600000, not NaN'],
  [{ receiveBuffer: 0 }, 'receiveBuffer is a whole number from 1 to 1073741824, not 0'],
  [{ reportAfter: 1.5 }, 'reportAfter is a whole number from 1 to 255, not 1.5'],
  [{ noDelay: 1 }, 'noDelay is true or false, not 1'],
  [{ ecn: 'on' }, `ecn is 'off', 'passive' or 'active', not "on"`],
  [{ nodelay: true }, 'a connection has no option "nodelay"; there are receiveBuffer, sendBuffer,'],
  [{ choices: {} }, 'choices.emptyProbes is true or false, not undefined'],
  [{ choices: 'linux' }, 'choices is an object such as { ...OWN_CHOICES }, not "linux"'],
  [
    { choices: { ...OWN_CHOICES, leastVariance: -1 } },
    'choices.leastVariance is a number of milliseconds from 0 to 60000, not -1',
  ],
])('%o is refused', (options, message) => {
  expect(() => connectionSettings(DEFAULT_SETTINGS, options as Partial<ConnectionOptions>)).toThrow(message);
});
