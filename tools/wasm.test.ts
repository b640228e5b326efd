import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assemble, source, TEXT, MODULE as WHERE } from './wasm.ts';

const octets = await assemble(readFileSync(TEXT, 'utf8'));

test.skipIf(octets === undefined)(
  `the module is what memory.wat says${octets === undefined ? ' (not run: wabt is not installed)' : ''}`,
  () => {
    expect(source(octets!)).toBe(readFileSync(WHERE, 'utf8'));
  },
);
