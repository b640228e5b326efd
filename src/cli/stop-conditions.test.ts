import { expect, test } from 'vitest';
import { ringLimits, stopConditions } from './stop-conditions.ts';

test('conditions are read as dumpcap reads them', () => {
  expect(stopConditions(['duration:60', 'packets:5'])).toEqual({ duration: 60, packets: 5 });
  expect(ringLimits(['filesize:10', 'files:3'])).toEqual({ octets: 10_000, files: 3 });
  expect(ringLimits(['duration:3600'])).toEqual({ seconds: 3600 });
});

test('what is no condition is answered with those there are', () => {
  expect(() => stopConditions(['size:3'])).toThrow(
    '-a takes duration:SECONDS, filesize:KB, packets:N or files:N, not "size:3"',
  );
  expect(() => stopConditions(['packets:0'])).toThrow('-a packets: is a whole number from 1');
  expect(() => ringLimits(['files:3'])).toThrow('-b files:N needs to know when a file is full');
});
