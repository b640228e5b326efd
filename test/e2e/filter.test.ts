/** `tcplab filter`, as a person uses it: what filters of both languages mean, and what is said of those that are none. */
import { expect, test } from 'vitest';
import { run, TEST_LIMIT } from './program.ts';

test(
  'a display filter: its sentence, hints, fields, and what it takes to decide',
  async () => {
    const { out, err } = await run(['filter', 'tcp.port', '!=', '7456']);
    expect(err).toBe('');
    expect(out).toMatch(
      /^tcp\.port != 7456\n {2}Packets where no Source or Destination Port \(tcp\.port\) is 7456\.\n/,
    );
    expect(out).toContain('Hint: tcp.port != 7456 is true when no tcp.port of the packet is 7456.');
    expect(out).toContain('\n  tcp.port  a number  Source or Destination Port\n');
    expect(out).toContain('The octets of an ordinary packet decide');
  },
  TEST_LIMIT,
);

test(
  'a capture filter: its sentence, and its program',
  async () => {
    const [short, long] = await Promise.all([
      run(['filter', '-f', 'tcp[tcpflags] & tcp-syn != 0']),
      run(['filter', '--program', 'tcp[tcpflags] & tcp-syn != 0']),
    ]);
    expect(short.out).toContain('Packets where the TCP flag SYN is set.');
    expect(short.out).toContain('12 instructions for the kernel; --program shows them.');
    expect(long.out).toContain('\n(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 11\n');
  },
  TEST_LIMIT,
);

test(
  'what is no filter is marked, and told when it is one of the other language; exit code 2',
  async () => {
    const [wrong, capture, display] = await Promise.all([
      run(['filter', 'tcp.prt == 80'], {}, 2),
      run(['filter', 'vlan 10 and tcp'], {}, 2),
      run(['filter', '-f', 'tcp.len > 0'], {}, 2),
    ]);
    expect(wrong.err).toContain('Did you mean tcp.port?\n    tcp.prt == 80\n    ^~~~~~~\n');
    expect(capture.err).toContain('As a capture filter (-f) it is right. Packets where there is a VLAN tag 10');
    expect(display.err).toContain('As a display filter (without -f) it is right. Packets where the TCP Segment Len');
  },
  TEST_LIMIT,
);

test(
  '--json: one object, of a mistake too',
  async () => {
    const [right, wrong] = await Promise.all([
      run(['filter', '--json', 'tcp.stream == 1']),
      run(['filter', '--json', 'tcp.stream =='], {}, 2),
    ]);
    expect(JSON.parse(right.out)).toMatchObject({
      kind: 'display',
      fields: [{ name: 'tcp.stream', type: 'unsigned' }],
      needs: { layers: 'headers', history: 'streams' },
    });
    expect(JSON.parse(wrong.out)).toMatchObject({ error: { at: 13, length: 0 } });
  },
  TEST_LIMIT,
);
