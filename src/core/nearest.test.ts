import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const NAMES = ['tcp.port', 'tcp.srcport', 'tcp.dstport', 'udp.port', 'ip'];

test.each([
  ['tcp.prt', 'tcp.port'],
  ['tcp.portt', 'tcp.port'],
  ['tpc.port', 'tcp.port'],
  ['tcp.dtsport', 'tcp.dstport'],
  ['UDP.PORT', 'udp.port'],
  ['ip', 'ip'],
  ['ipp', 'ip'],
  ['xy', undefined],
  ['', undefined],
  ['frame.number', undefined],
  ['tcp.port'.repeat(20), undefined],
])('%j: %s', (text, name) => {
  expect(nearest(text, NAMES)).toBe(name);
});
