/** Names of values in filters: those that tshark knows, and what they stand for. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { namedFields, namesOf, numberOfName } from './value-names.ts';

/** Fields whose names are none in tshark, or other words: those of options are RFCs'. Of expert information it has no table. */
const OTHER_WORDS = /^(icmp\.type|tcp\.option_kind|_ws\.)/;

test('a name means its number, in any case of letters', () => {
  expect(numberOfName('icmpv6.type', 'Neighbor Solicitation')).toBe(135);
  expect(numberOfName('dns.flags.rcode', 'no such name')).toBe(3);
  expect(numberOfName('dns.flags.opcode', 'Standard query')).toBe(0);
  expect(numberOfName('dns.qry.class', 'IN')).toBe(1);
  expect(numberOfName('arp.hw.type', 'Ethernet')).toBe(1);
  expect(numberOfName('vlan.priority', 'Best Effort (default)')).toBe(0);
  expect(numberOfName('gre.proto', 'IP')).toBe(0x0800);
  expect(numberOfName('frame.encap_type', 'Ethernet')).toBe(1);
  expect(numberOfName('icmpv6.type', 'Neighbor')).toBeUndefined();
});

needs({ tools: ['tshark'] })('every name is one that tshark has for the field, with the same number', () => {
  const { stdout } = spawnSync('tshark', ['-G', 'values'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const known = new Map<string, Set<number>>();
  for (const line of stdout.split('\n')) {
    const [kind, field, number, name] = line.split('\t');
    if (kind !== 'V' || field === undefined || name === undefined) continue;
    const key = `${field} ${name.toLowerCase()}`;
    known.set(key, (known.get(key) ?? new Set()).add(Number(number)));
  }
  const unknown: string[] = [];
  for (const field of namedFields())
    for (const name of OTHER_WORDS.test(field) ? [] : namesOf(field)) {
      const number = numberOfName(field, name);
      if (number !== undefined && !known.get(`${field} ${name}`)?.has(number))
        unknown.push(`${field} == "${name}" (${number})`);
    }
  expect(unknown).toEqual([]);
});
