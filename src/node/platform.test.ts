import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cryptographicRandom, nodePlatform } from './platform.ts';

test('a timer is never early, and a cancelled one is silent', async () => {
  const platform = nodePlatform();
  const early: number[] = [];
  const cancelled: number[] = [];
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      const delay = i * 137;
      const due = platform.now() + delay;
      platform.after(delay, () => cancelled.push(i))();
      return new Promise<void>((resolve) => {
        platform.after(delay, () => {
          if (platform.now() < due) early.push(i);
          resolve();
        });
        platform.hold(true);
      });
    }),
  );
  platform.hold(false);
  expect(early).toEqual([]);
  expect(cancelled).toEqual([]);
});

test('the clock reads whole microseconds, goes forward, and its epoch makes it the time of day', () => {
  const platform = nodePlatform();
  const first = platform.now();
  expect(Number.isInteger(first)).toBe(true);
  expect(platform.now()).toBeGreaterThanOrEqual(first);
  expect(Math.abs(platform.epoch + first - Date.now() * 1000)).toBeLessThan(60_000_000);
});

test('afterPrograms comes after every promise reaction that is pending, chained ones too', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    nodePlatform().afterPrograms(() => {
      order.push('driver');
      resolve();
    });
    Promise.resolve()
      .then(() => order.push('program'))
      .then(() => order.push('program again'));
  });
  expect(order).toEqual(['program', 'program again', 'driver']);
});

test('random numbers cover 32 bits and do not repeat', () => {
  const random = cryptographicRandom();
  const numbers = Array.from({ length: 3_000 }, () => random.next());
  expect(new Set(numbers).size).toBeGreaterThan(2_990);
  expect(numbers.some((number) => number < 0) && numbers.some((number) => number > 0)).toBe(true);
});

test('a process ends although a timer is set, and stays while it is held', () => {
  const run = (body: string): string => {
    const script = `import { nodePlatform } from '${new URL('./platform.ts', import.meta.url).href}';
      const platform = nodePlatform();
      ${body}`;
    const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
      timeout: 30_000,
    });
    return child.stdout + child.stderr;
  };
  expect(run(`platform.after(3_600_000_000, () => {}); process.on('exit', () => console.log('ended'));`)).toBe(
    'ended\n',
  );
  expect(
    run(`platform.hold(true); platform.after(20_000, () => { console.log('held'); platform.hold(false); });`),
  ).toBe('held\n');
});
