/** The catalogue of fields: each has a line and an example; words find them. That examples are filters is tested in src/see/filter. */
import { expect, test } from 'vitest';
import { FIELD_CATALOGUE, FIELDS, findFields } from './index.ts';

test('each field has a name of its own, one line of explanation and an example that uses it', () => {
  expect(FIELD_CATALOGUE.length).toBe(FIELDS.length);
  expect(new Set(FIELDS.map(({ name }) => name)).size).toBe(FIELDS.length);
  for (const { field, explanation, example } of FIELD_CATALOGUE) {
    expect(explanation, field.name).toMatch(/^\S.{2,78}$/);
    expect(example, field.name).toContain(field.name);
  }
});

test('words find fields by name and explanation, those whose names begin with the word first', () => {
  const names = (...words: string[]): string[] => findFields(words).map(({ field }) => field.name);
  expect(names('tcp.window')[0]).toBe('tcp.window_size_value');
  expect(names('Window', 'scal')).toContain('tcp.window_size_scalefactor');
  expect(names('hops')).toEqual(expect.arrayContaining(['ip.ttl', 'ipv6.hlim']));
  // Old names are read as the new ones.
  expect(names('ssl')).toEqual(names('tls'));
  expect(names('ssl.handshake.type')[0]).toBe('tls.handshake.type');
  expect(names('no such field')).toEqual([]);
  expect(names()).toHaveLength(FIELDS.length);
});
