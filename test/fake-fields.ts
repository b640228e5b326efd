/** Fields for tests that have the values they are told, so that a test needs no packet. */
import { type Dissection, makeDissection } from '../src/see/dissect/dissection.ts';
import type { Field, FieldType, FieldValue } from '../src/see/dissect/field.ts';
import type { FieldNames } from '../src/see/filter/check.ts';

/** Some fields, what each has, and a dissection to ask about. */
export interface FakeFields extends FieldNames {
  /** What the fields have, by name; read each time a filter asks. */
  readonly values: Record<string, readonly FieldValue[]>;
  readonly dissection: Dissection;
}

/** Fields of these names and types, which have no values until told. */
export function fakeFields(types: Readonly<Record<string, FieldType>>): FakeFields {
  const values: Record<string, readonly FieldValue[]> = {};
  const all = Object.entries(types).map(
    ([name, type]): Field => ({
      name,
      type,
      title: name,
      collect: (_, into) => {
        for (const value of values[name] ?? []) into.push(value);
      },
      format: String,
    }),
  );
  return { all, find: (name) => all.find((field) => field.name === name), values, dissection: makeDissection() };
}
