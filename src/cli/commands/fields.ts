/** `tcplab fields`: the fields that filters and --fields know, found by words, each with what it is and an example. */
import type { Command } from 'commander';
import { nearest } from '../../core/nearest.ts';
import { FIELD_CATALOGUE, type FieldEntry, findFields } from '../../see/dissect/index.ts';
import { UsageError } from '../failure.ts';
import { print } from '../terminal.ts';

const HELP = `
Names are Wireshark's. A word is looked for in names and explanations; several
words must all be there. A field can have several values in a frame, where a
layer is there more than once.

Examples:
  tcplab fields                what there is, all of it
  tcplab fields window         everything about windows
  tcplab fields tcp.options    the options of TCP
  tcplab fields ack number     both words
  tcplab fields --json ip.ttl  one JSON object a field, for programs`;

export function define(command: Command): void {
  command
    .argument('[WORDS...]', 'words or parts of names that a field must have')
    .option('--json', 'print one JSON object a field')
    .addHelpText('after', HELP)
    .action(fields);
}

function fields(words: readonly string[], { json }: { json?: boolean }): void {
  const found = findFields(words);
  if (found.length === 0) {
    const guess = nearest(
      words[0]!,
      FIELD_CATALOGUE.map(({ field }) => field.name),
    );
    throw new UsageError(
      `no field has "${words.join('" and "')}"${guess === undefined ? ';' : `; did you mean ${guess}?`} tcplab fields lists them all`,
    );
  }
  for (const entry of found) {
    if (json) print(JSON.stringify(plain(entry)));
    else show(entry);
  }
}

const plain = ({ field, explanation, example }: FieldEntry): object => ({
  name: field.name,
  type: field.type,
  title: field.title,
  explanation,
  example,
});

/** Width of the names' column: longer names push the rest to the right. */
const NAMES = 32;

function show({ field, explanation, example }: FieldEntry): void {
  print(`${field.name.padEnd(NAMES)} ${field.type.padEnd(8)} ${explanation}`);
  print(`${' '.repeat(NAMES)}          ${example}`);
}
