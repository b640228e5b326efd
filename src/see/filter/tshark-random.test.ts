/**
 * Random expressions over all fields, tried on captures of ../shared by tshark and here. `TCPLAB_FILTERS=40 npx vitest run src/see/filter/tshark-random.test.ts` tries as many
 * captures, `TCPLAB_SEED` other expressions. What differs in known ways is in docs/differences.md.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { eachPacket, sharedCaptures } from '../../../test/captures.ts';
import { randomExpression } from '../../../test/filter-expressions.ts';
import { needs } from '../../../test/needs.ts';
import { below, seeded } from '../../core/random.ts';
import { Dissector, FIELDS, type Field, type FieldValue } from '../dissect/index.ts';
import { compileFilter } from './index.ts';

const run = promisify(execFile);

const CAPTURES = Number(process.env.TCPLAB_FILTERS ?? 3);
const SEED = Number(process.env.TCPLAB_SEED ?? 1);
const EXPRESSIONS = 60;
const MOST_FRAMES = 300;

/** Fields that are another's in known ways: interfaces of pcap files, seconds since 1970 beyond a double's digits, what no layer of ours claims, octets that came before, reset causes, analysis, and expert information, of which analysis is a part. */
const LEFT_OUT =
  /^(?:frame\.interface_id|frame\.time_epoch|frame\.protocols|data|dns|dhcp|tcp\.payload|tcp\.segment_data|tcp\.analysis|_ws\.expert)/;

/** Files that tshark sees otherwise: custom blocks are frames there, and of broken headers it shows other fields. Unless more is asked for, only those of kernels and probes. */
const OTHERWISE =
  process.env.TCPLAB_FILTERS === undefined ? /third-party/ : /ngtest__|malformed|invalid|__cf-|crash|fuzz|\.gz$/;

/** Seconds beyond this have more digits than a double. */
const MOST_SECONDS = 1e6;

interface Tried {
  readonly expression: string;
  readonly frames: number[];
}

/** Fields that a capture has, with at most twelve values of each; undefined when it has too many frames, or none. */
function samplesOf(path: string): Map<Field, FieldValue[]> | undefined {
  const samples = new Map<Field, FieldValue[]>();
  const dissector = new Dissector();
  let frames = 0;
  eachPacket(path, (packet) => {
    if (++frames > MOST_FRAMES) return;
    const dissection = dissector.dissect(packet);
    for (const field of FIELDS) {
      if (LEFT_OUT.test(field.name)) continue;
      const values: FieldValue[] = [];
      field.collect(dissection, values);
      const kept = samples.get(field) ?? [];
      for (const value of values)
        if (kept.length < 12 && isExact(field, value)) kept.push(typeof value === 'object' ? value.slice() : value);
      if (kept.length > 0) samples.set(field, kept);
    }
  });
  return frames > MOST_FRAMES || samples.size < 3 ? undefined : samples;
}

/** Whether a value can be written so that both read the same, and sliced. */
const isExact = (field: Field, value: FieldValue): boolean =>
  typeof value === 'object' ? value.length >= 3 : field.type !== 'seconds' || (value as number) < MOST_SECONDS;

const ranges = (frames: readonly number[]): string => `{${frames.join(', ')}}`;

/** An expression that is true of the frames for which ours is wrong. */
const isWrong = ({ expression, frames }: Tried): string =>
  frames.length === 0
    ? `(${expression})`
    : `((${expression}) and not frame.number in ${ranges(frames)}) or (not (${expression}) and frame.number in ${ranges(frames)})`;

/** What tshark says otherwise: it is asked about all expressions at once, and about halves of them when there is something. */
async function differences(path: string, tried: readonly Tried[]): Promise<string[]> {
  const fields = ['-T', 'fields', '-e', 'frame.number'];
  let found: string;
  try {
    found = (await run('tshark', ['-n', '-r', path, '-Y', tried.map(isWrong).join(' or '), ...fields])).stdout.trim();
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    // A number that no value of the field can be is refused there, and events (tcp.connection.syn) have no value; a damaged file ends with a failure.
    const isRefused = /too big for this field|type=Label/.test(stderr);
    if (isRefused && tried.length === 1) return [];
    found = isRefused ? 'refused' : stdout.trim();
    if (found === '' && !/cut short|damaged|corrupt/i.test(stderr)) found = stderr;
  }
  if (found === '') return [];
  if (tried.length === 1)
    return [
      `${path}: ${tried[0]!.expression}: ours ${ranges(tried[0]!.frames)}; tshark's otherwise: ${found.slice(0, 300)}`,
    ];
  const half = tried.length >> 1;
  return [...(await differences(path, tried.slice(0, half))), ...(await differences(path, tried.slice(half)))];
}

needs({ tools: ['tshark'], shared: true })(
  `${EXPRESSIONS} random expressions on each of ${CAPTURES} captures pass the same frames in tshark`,
  async () => {
    const random = seeded(SEED);
    const paths = sharedCaptures().filter((path) => !OTHERWISE.test(path));
    const said: string[] = [];
    let tries = 0;
    for (let n = 0; n < CAPTURES && paths.length > 0; ) {
      const path = paths.splice(below(random, paths.length), 1)[0]!;
      const samples = samplesOf(path);
      if (samples === undefined) continue;
      n++;
      const tried: Tried[] = Array.from({ length: EXPRESSIONS }, () => ({
        expression: randomExpression(random, samples),
        frames: [],
      }));
      const filters = tried.map(({ expression }) => compileFilter(expression));
      const dissector = new Dissector();
      eachPacket(path, (packet) => {
        const dissection = dissector.dissect(packet);
        for (const [i, filter] of filters.entries()) if (filter.test(dissection)) tried[i]!.frames.push(packet.number);
      });
      tries += tried.length;
      said.push(...(await differences(path, tried)));
    }
    expect(said).toEqual([]);
    expect(tries).toBe(CAPTURES * EXPRESSIONS);
  },
  1_800_000,
);
