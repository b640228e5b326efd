import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const NAMES = ['tcp.port', 'tcp.srcport', 'udp.port', 'ip.src', 'lo'];

test('the name that was probably meant', () => {
  expect(nearest('tcp.prt', NAMES)).toBe('tcp.port');
  expect(nearest('tpc.port', NAMES)).toBe('tcp.port');
  expect(nearest('IP.SRC', NAMES)).toBe('ip.src');
});

test('none when none is near, or the text is not a name', () => {
  expect(nearest('http.request', NAMES)).toBeUndefined();
  expect(nearest('x'.repeat(10_000), NAMES)).toBeUndefined();
});
