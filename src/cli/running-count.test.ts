import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunningCount } from './running-count.ts';

const { isTTY } = process.stderr;
let written = '';

beforeEach(() => {
  written = '';
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  process.stderr.isTTY = isTTY;
});

test('on a terminal, a line from the first second on, five times a second at the most, that is taken away', () => {
  process.stderr.isTTY = true;
  const count = new RunningCount('packets');
  count.show(10);
  vi.advanceTimersByTime(999);
  count.show(20);
  expect(written).toBe('');
  vi.advanceTimersByTime(1);
  count.show(1_234_567, 0.456);
  expect(written).toBe('\r\x1b[K1,234,567 packets  45 %');
  vi.advanceTimersByTime(199);
  count.show(2_000_000);
  expect(written).toBe('\r\x1b[K1,234,567 packets  45 %');
  vi.advanceTimersByTime(1);
  count.show(2_000_000);
  count.clear();
  expect(written).toBe('\r\x1b[K1,234,567 packets  45 %\r\x1b[K2,000,000 packets\r\x1b[K');
  count.clear();
  expect(written.endsWith('packets\r\x1b[K')).toBe(true);
});

test('elsewhere nothing', () => {
  process.stderr.isTTY = false;
  const count = new RunningCount('packets');
  vi.advanceTimersByTime(5000);
  count.show(10);
  count.clear();
  expect(written).toBe('');
});
