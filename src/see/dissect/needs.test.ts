/** What a field says it needs is enough: a dissector that does no more gives it the same values. */
import { describe, expect, test } from 'vitest';
import { capturesIn, eachPacket, GOLDEN_CAPTURES, sharedCaptures } from '../../../test/captures.ts';
import { needs } from '../../../test/needs.ts';
import { Dissector } from './dissector.ts';
import { FIELDS, fieldTexts } from './index.ts';
import { type DissectionNeeds, needsOfField } from './needs.ts';

const NEEDS: readonly DissectionNeeds[] = [
  { layers: 'none', history: 'none' },
  { layers: 'headers', history: 'none' },
  { layers: 'all', history: 'none' },
  { layers: 'headers', history: 'streams' },
  { layers: 'headers', history: 'segments' },
  { layers: 'all', history: 'segments' },
  { layers: 'headers', history: 'all' },
];

/** Fields whose values differ in a capture, by what they say they need. */
function different(path: string): string[] {
  const found = new Set<string>();
  const whole = new Dissector();
  const sparing = NEEDS.map((each) => ({
    dissector: new Dissector({ needs: each }),
    fields: FIELDS.filter((field) => {
      const { layers, history } = needsOfField(field);
      return layers === each.layers && history === each.history;
    }),
  }));
  eachPacket(path, (packet) => {
    const all = whole.dissect(packet);
    for (const { dissector, fields } of sparing) {
      const some = dissector.dissect(packet);
      for (const field of fields)
        if (fieldTexts(field, all).join() !== fieldTexts(field, some).join()) found.add(field.name);
    }
  });
  return [...found];
}

describe('fields have the values that they have in a whole dissection', () => {
  test.each(capturesIn(GOLDEN_CAPTURES))('%s', (path) => {
    expect(different(path)).toEqual([]);
  });

  needs({ shared: true })(
    'on every capture of ../shared',
    () => {
      for (const path of sharedCaptures()) expect([path, ...different(path)]).toEqual([path]);
    },
    600_000,
  );
});

test('nothing but the packet, headers, everything', () => {
  const of = (name: string): string => {
    const { layers, history } = needsOfField(FIELDS.find((field) => field.name === name)!);
    return history === 'none' ? layers : `${layers}, ${history}`;
  };
  expect(['frame.len', 'frame.comment'].map(of)).toEqual(['none', 'none']);
  expect(['tcp.port', 'tcp.payload', 'dhcp.id'].map(of)).toEqual(['headers', 'headers', 'all']);
  expect(
    ['tcp.stream', 'tcp.window_size', 'tcp.time_delta', 'tcp.analysis.ack_rtt', 'frame.time_delta'].map(of),
  ).toEqual(['headers, streams', 'headers, segments', 'headers, times', 'headers, all', 'all, segments']);
});
