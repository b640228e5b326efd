/**
 * `npm run wasm`: makes src/core/memory-module.ts of src/core/memory.wat, with wabt's assembler. The bytes are committed, so that neither a clone
 * nor the package needs the assembler; memory-module.test.ts makes them again and compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The two files, as paths. */
export const TEXT: string = fileURLToPath(new URL('../src/core/memory.wat', import.meta.url));
export const MODULE: string = fileURLToPath(new URL('../src/core/memory-module.ts', import.meta.url));

/** What is used of wabt, which has no types of its own. */
interface Assembler {
  parseWat(
    name: string,
    text: string,
    features: Record<string, boolean>,
  ): { toBinary(options: object): { buffer: Uint8Array } };
}

/** Octets on a line. */
const LINE = 24;

/** The binary module of a text; undefined when wabt is not installed. */
export async function assemble(text: string): Promise<Uint8Array | undefined> {
  let make: () => Promise<Assembler>;
  try {
    const name = 'wabt';
    ({ default: make } = (await import(name)) as { default: () => Promise<Assembler> });
  } catch {
    return undefined;
  }
  const module = (await make()).parseWat('memory.wat', text, { simd: true, bulk_memory: true });
  return module.toBinary({}).buffer;
}

/** The file that holds the octets of a module. */
export function source(octets: Uint8Array): string {
  const lines: string[] = [];
  for (let i = 0; i < octets.length; i += LINE)
    lines.push(
      `  '${[...octets.subarray(i, i + LINE)].map((octet) => octet.toString(16).padStart(2, '0')).join('')}',`,
    );
  return `/** The binary form of memory.wat, in hexadecimal. Made by \`npm run wasm\`: change memory.wat and run it again. */
export const MODULE: string = [
${lines.join('\n')}
].join('');
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const octets = await assemble(readFileSync(TEXT, 'utf8'));
  if (octets === undefined) {
    console.error('wabt is not installed: run "npm ci" and try again');
    process.exit(1);
  }
  writeFileSync(MODULE, source(octets));
  console.log(`${MODULE}: a module of ${octets.length} octets`);
}
