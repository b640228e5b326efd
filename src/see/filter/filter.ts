/** A filter: an expression of Wireshark's display-filter language as a predicate over dissected frames. */
import type { Dissection } from '../dissect/dissection.ts';
import { FIELDS, findField } from '../dissect/fields/index.ts';
import { check, type FieldNames } from './check.ts';
import { compile } from './compile.ts';
import { explain } from './explain-filter.ts';
import { parse } from './parser.ts';

/** A filter that can be asked about any number of frames. */
export interface Filter {
  /** The expression. */
  readonly text: string;
  /** What is right but often not what was meant, in sentences to show; empty for most expressions. */
  readonly hints: readonly string[];
  /** What the filter lets through, in one sentence. */
  readonly sentence: string;
  /** Whether a frame passes. Nothing in a frame makes it throw. */
  test(dissection: Dissection): boolean;
}

const KNOWN: FieldNames = { find: findField, all: FIELDS };

/**
 * Makes a filter of an expression; an empty one lets every frame through.
 *
 * ```ts
 * const filter = compileFilter('tcp.port == 7456 and tcp.flags.syn == 1');
 * if (filter.test(dissector.dissect(packet))) print(packet);
 * ```
 *
 * @param text at most 10,000 characters
 * @param fields where fields are looked up; default: those tcplab dissects
 * @throws FilterError when the expression is not a filter; its message points at the place
 */
export function compileFilter(text: string, fields: FieldNames = KNOWN): Filter {
  const tree = parse(text);
  if (tree === undefined) return { text, hints: [], sentence: explain(undefined), test: () => true };
  const { test, hints } = check(tree, text, fields);
  return { text, hints, sentence: explain(test), test: compile(test) };
}
