/** The captures of test/golden/made against tshark: every field that both know, and the list line. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { MADE_DIFFERENCES } from '../../../test/made-captures.ts';
import { needs } from '../../../test/needs.ts';
import { capturedPackets, plainInfo } from '../../../test/truth.ts';
import { FIELDS } from './fields/index.ts';
import { columns, Dissector, fieldTexts } from './index.ts';

const MADE = fileURLToPath(new URL('../../../test/golden/made/', import.meta.url));

/** What analysis of connections says is compared with the analysis, judgements by expert.test.ts. */
const COMPARED = FIELDS.filter(
  ({ name, type }) => type !== 'protocol' && !/^(tcp\.analysis|_ws)\./.test(name) && name !== '_ws.expert',
);
const LINE = ['_ws.col.Source', '_ws.col.Destination', '_ws.col.Protocol', '_ws.col.Info'];

/** tshark's answers: a row of columns for each frame. */
function rowsOf(file: string): string[][] {
  const names = [...COMPARED.map(({ name }) => name), ...LINE].flatMap((name) => ['-e', name]);
  const options = ['-n', '-r', MADE + file, '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=,', ...names];
  const { stdout } = spawnSync('tshark', options, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, TZ: 'UTC' },
  });
  return stdout
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
}

/** What TCP carries is data to tcplab, and what the protocols above it make of it to tshark. */
const withoutPayload = (path: string): string => path.replace(/:tcp:data$/, ':tcp');

function compare(file: string): { values: string[]; lines: string[] } {
  const rows = rowsOf(file);
  const dissector = new Dissector();
  const values: string[] = [];
  const lines: string[] = [];
  for (const [i, packet] of capturedPackets(MADE + file).entries()) {
    const dissection = dissector.dissect(packet);
    const row = rows[i] ?? [];
    for (const [k, field] of COMPARED.entries()) {
      const [got, want] = [fieldTexts(field, dissection).join(','), row[k] ?? ''];
      const isEqual = field.name === 'frame.protocols' ? withoutPayload(got) === withoutPayload(want) : got === want;
      if (!isEqual && !/^data\./.test(field.name)) values.push(`${i + 1} ${field.name}: ${got} instead of ${want}`);
    }
    const { source, destination, protocol, info } = columns(dissection);
    const got = [source, destination, protocol, plainInfo(info)].join(' | ');
    const want = row.slice(COMPARED.length);
    const wanted = [...want.slice(0, 3), plainInfo(want[3] ?? '')].join(' | ');
    if (got !== wanted) lines.push(`${i + 1}: ${got} instead of ${wanted}`);
  }
  return { values, lines };
}

for (const file of readdirSync(MADE).filter((name) => name.endsWith('.pcap')))
  needs({ tools: ['tshark'] })(`${file}: fields and list lines are tshark's`, () => {
    const known = MADE_DIFFERENCES.find((one) => one.file === file) ?? { values: 0, lines: 0 };
    const { values, lines } = compare(file);
    if (process.env.TCPLAB_TRUTH !== undefined) console.log([...values, ...lines].join('\n'));
    expect({ values: values.length, lines: lines.length }, [...values, ...lines].slice(0, 30).join('\n')).toEqual({
      values: known.values,
      lines: known.lines,
    });
  });
