/** Every field's example in the catalogue is a filter. */
import { expect, test } from 'vitest';
import { FIELD_CATALOGUE } from '../dissect/index.ts';
import { compileFilter } from './index.ts';

test('the example of each field is a filter without a hint', () => {
  for (const { field, example } of FIELD_CATALOGUE)
    expect(compileFilter(example).hints, `${field.name}: ${example}`).toEqual([]);
});
