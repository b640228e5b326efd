/** Fields of HTTP and TLS against tshark: every message that is whole in a frame, and none that is not. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { needs, SHARED } from '../../../test/needs.ts';
import { capturedPackets } from '../../../test/truth.ts';
import { FIELDS } from './fields/index.ts';
import { Dissector, fieldTexts } from './index.ts';

const COMPARED = FIELDS.filter(({ name, type }) => type !== 'protocol' && /^(http|tls)\./.test(name));

/** Captures with such messages; without those where tshark goes by what it calls a retransmission, or knows that a response is to HEAD. */
const isTaken = (file: string): boolean =>
  /http|tls|ssl|https|wpaauth|syn_retransmit/i.test(file) && !/tls-subjectaltname|http_head|PPI/.test(file);

function differences(path: string): string[] {
  const names = COMPARED.flatMap(({ name }) => ['-e', name]);
  const options = ['-n', '-r', path, '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=,', ...names];
  const { stdout } = spawnSync('tshark', options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const rows = stdout.replace(/\n$/, '').split('\n');
  const dissector = new Dissector();
  return capturedPackets(path).flatMap((packet, i) => {
    const dissection = dissector.dissect(packet);
    const row = (rows[i] ?? '').split('\t');
    return COMPARED.flatMap((field, k) => {
      const [got, want] = [fieldTexts(field, dissection).join(','), row[k] ?? ''];
      return got === want ? [] : [`${path} ${i + 1} ${field.name}: ${got} instead of ${want}`];
    });
  });
}

needs({ shared: true, tools: ['tshark'] })(
  'http.* and tls.* are those of tshark',
  () => {
    const found = ['synthetic', 'third-party'].flatMap((folder) =>
      readdirSync(`${SHARED}/captures/${folder}`)
        .filter(isTaken)
        .map((file) => `${SHARED}/captures/${folder}/${file}`),
    );
    expect(found.length).toBeGreaterThan(5);
    expect(found.flatMap(differences)).toEqual([]);
  },
  120_000,
);
