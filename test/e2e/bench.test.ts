/** `npm run bench -- --json`: the shape of what it prints, with the measurements that take little time. How fast is not tested: that depends on the machine. How much memory something takes does not. */
import { expect, test } from 'vitest';
import { ROOT, start, TEST_LIMIT } from './program.ts';

const bench = (...args: string[]): ReturnType<typeof start> =>
  start('npm', ['run', '-s', 'bench', '--', ...args], { cwd: ROOT });

test(
  '--json prints the machine and, for each benchmark, value, unit, samples, and the peer’s value in the same run',
  async () => {
    const names = ['ping-pong', 'read-count'];
    const report = JSON.parse((await bench('--json', '--samples', '1', '--processes', '1', ...names).end()).out);
    expect(Object.keys(report)).toEqual(['node', 'cpu', 'results']);
    expect(report.node).toBe(process.version);
    const faces = report.results.map(({ name, face }: { name: string; face: string }) => [name, face]);
    expect(faces).toEqual([
      ['ping-pong', 'bsd'],
      ['ping-pong', 'streams'],
      ['read-count', 'library'],
    ]);
    for (const result of report.results) {
      expect(Object.keys(result)).toEqual(['name', 'face', 'value', 'unit', 'samples', 'peer', 'ratio']);
      expect(result.samples).toEqual([result.value]);
      expect(result.value).toBeGreaterThan(0);
      const { peer, ratio } = result;
      if (peer === null) expect(ratio).toBeNull();
      else expect(ratio).toBeCloseTo(result.value / peer.value, 9);
    }
    expect(report.results[0].peer.name).toBe('node:net over loopback');
  },
  TEST_LIMIT,
);

test(
  'a benchmark that there is not is answered with those there are',
  async () => {
    const { err } = await bench('fast').end(2);
    expect(err).toMatch(/^there is no benchmark "fast"; there are bulk, .*read-filter, .*read-memory.*\n$/);
  },
  TEST_LIMIT,
);

test(
  'an end of an idle connection takes two KiB at the most, and in steady state nothing is allocated for a segment in tcp/, stack/ and link/',
  async () => {
    const names = ['idle-memory', 'allocation'];
    const report = JSON.parse((await bench('--json', '--samples', '1', '--processes', '1', ...names).end()).out);
    const octetsOf = (wanted: string): number =>
      report.results.find(({ name, face }: { name: string; face: string }) => `${name} ${face}` === wanted).value;
    expect(octetsOf('idle-memory bsd')).toBeLessThanOrEqual(2_048);
    // A number that becomes an object takes 16 octets; what is allocated for each turn of the programs, spread over its segments, takes two.
    expect(octetsOf('allocation stack')).toBeLessThan(8);
  },
  TEST_LIMIT,
);
