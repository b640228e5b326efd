import { expect, test } from 'vitest';
import * as tcp from './tcp.ts';
import * as options from './tcp-options.ts';

const read = (...octets: number[]): options.TcpOptions =>
  options.read(new DataView(Uint8Array.from(octets).buffer), 0, octets.length, options.makeTcpOptions());

const MSS_1460 = [options.MSS, 4, 5, 180];

//= RFC 9293 §3.1 MUST-4
test('End of Option List, No-Operation and Maximum Segment Size are understood', () => {
  expect(read(options.NOP, options.NOP, ...MSS_1460, options.END, 0)).toMatchObject({ mss: 1_460, malformed: false });
  // Behind the end there is nothing, whatever it looks like.
  expect(read(options.END, ...MSS_1460, 0, 0, 0)).toMatchObject({ mss: -1, malformed: false });
});

//= RFC 9293 §3.1 MUST-6: for kinds that nobody has given a meaning, and for those that mean nothing here
test('an unknown option is stepped over by its length', () => {
  for (const kind of [6, 19, 34, 99, 253, 254]) {
    for (const filling of [[], [7], [7, 7, 7, 7]]) {
      const unknown = [kind, 2 + filling.length, ...filling];
      expect(read(...unknown, ...MSS_1460), `kind ${kind}`).toMatchObject({ mss: 1_460, malformed: false });
    }
  }
});

//= RFC 9293 §3.1 MUST-7: zero, one, and more than there is
test('an impossible length ends the reading, and what came before it counts', () => {
  for (const length of [0, 1, 9, 255])
    expect(read(...MSS_1460, options.TIMESTAMPS, length, 0, 0), `length ${length}`).toMatchObject({
      mss: 1_460,
      timestamps: false,
      malformed: true,
    });
  // A kind without a length at the header's end.
  expect(read(...MSS_1460, options.NOP, options.NOP, options.NOP, options.WINDOW_SCALE).malformed).toBe(true);
});

test('the options that most segments have, which are known at a glance, say what they say one by one', () => {
  const stamps = [1, 2, 3, 4, 5, 6, 7, 8];
  const plain = [options.NOP, options.NOP, options.TIMESTAMPS, 10, ...stamps];
  const syn = [
    ...MSS_1460,
    options.SACK_PERMITTED,
    2,
    options.TIMESTAMPS,
    10,
    ...stamps,
    options.NOP,
    options.WINDOW_SCALE,
    3,
    7,
  ];
  expect(read(...plain)).toMatchObject({
    timestamps: true,
    tsval: 0x01020304,
    tsecr: 0x05060708,
    sackPermitted: false,
  });
  expect(read(...syn)).toMatchObject({
    mss: 1_460,
    timestamps: true,
    tsval: 0x01020304,
    windowScale: 7,
    sackPermitted: true,
  });
  for (const layout of [plain, syn])
    for (let at = 0; at < layout.length; at++)
      for (const octet of [0, 1, 2, 3, 4, 8, 10, 255]) {
        const changed = layout.with(at, octet);
        // Behind one octet more it is another layout, and is read in the other way.
        expect(read(...changed), changed.join()).toEqual(read(options.NOP, ...changed));
      }
});

//= RFC 9293 §3.2 MUST-64
test('an option is read wherever it begins', () => {
  for (let shift = 0; shift < 5; shift++) {
    const nops = Array.from({ length: shift }, () => options.NOP);
    expect(read(...nops, ...MSS_1460).mss).toBe(1_460);
    expect(read(...nops, options.WINDOW_SCALE, 3, 7).windowScale).toBe(7);
    expect(read(...nops, options.TIMESTAMPS, 10, 1, 2, 3, 4, 5, 6, 7, 8)).toMatchObject({
      tsval: 0x01020304,
      tsecr: 0x05060708,
    });
    const sack = read(...nops, options.SACK, 10, 0, 0, 1, 0, 0, 0, 2, 0);
    expect([...sack.sackBlocks.subarray(0, 2 * sack.sackCount)]).toEqual([256, 512]);
  }
});

//= RFC 9293 §3.1 MUST-68, MUST-69: every writer's octets, walked by lengths alone
test('what is written has its lengths, ends on a word, and has no end that something could follow', () => {
  const view = new DataView(new ArrayBuffer(tcp.MAX_HEADER));
  const blocks = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const writers: readonly ((at: number) => number)[] = [
    (at) => options.emitMss(view, at, 1_460),
    (at) => options.emitWindowScale(view, at, 7),
    (at) => options.emitSackPermitted(view, at),
    (at) => options.emitSackPermittedAndTimestamps(view, at, 0x08080808, 0x05050505),
    (at) => options.emitTimestamps(view, at, 0x08080808, 0x05050505),
    (at) => options.emitSack(view, at, blocks, 1),
    (at) => options.emitSack(view, at, blocks, 4),
  ];
  for (const [i, write] of writers.entries()) {
    for (let at = 0; at < tcp.MAX_HEADER; at++) view.setUint8(at, 0xee);
    const end = write(0);
    expect(end % 4, `writer ${i}`).toBe(0);
    let at = 0;
    while (at < end) {
      // An end in here would make leftovers of the options that other writers add.
      expect(view.getUint8(at), `writer ${i}`).not.toBe(options.END);
      const length = options.lengthAt(view, at, end);
      expect(length, `writer ${i}`).toBeGreaterThan(0);
      at += length;
    }
    expect(view.getUint8(end), `writer ${i}`).toBe(0xee);
  }
});
