/** A filter: an expression of Wireshark's display-filter language as a predicate over dissected frames. */
import type { Packet } from '../capture/packet.ts';
import { type Judge, PASSES, UNDECIDED } from '../capture/sift.ts';
import type { Dissection } from '../dissect/dissection.ts';
import { Dissector, type DissectorOptions } from '../dissect/dissector.ts';
import type { Field } from '../dissect/field.ts';
import { FIELDS, findField } from '../dissect/fields/index.ts';
import type { ZoneOffset } from '../dissect/list-time.ts';
import { type DissectionNeeds, NEEDS_NOTHING } from '../dissect/needs.ts';
import { check, type FieldNames } from './check.ts';
import { compile } from './compile.ts';
import { explain } from './explain-filter.ts';
import { compileGlances, type Glance, type Glances } from './glance.ts';
import { fieldsOf, needsOf } from './needs.ts';
import { parse } from './parser.ts';

/** A filter that can be asked about any number of frames. */
export interface Filter {
  /** The expression. */
  readonly text: string;
  /** What is right but often not what was meant, in sentences to show; empty for most expressions. */
  readonly hints: readonly string[];
  /** What the filter lets through, in one sentence. */
  readonly sentence: string;
  /** The fields it looks at, in the order in which they are written. */
  readonly fields: readonly Field[];
  /**
   * What `test` asks of a dissection: give it to the `Dissector` that is made for this filter alone. Unless `needs.history` is `none`, every frame of the capture must be
   * dissected, in order; otherwise those alone that `glance` leaves undecided.
   */
  readonly needs: DissectionNeeds;
  /**
   * Decides from a packet's octets, without a dissection, in some tens of nanoseconds: `PASSES`, `FAILS` or `UNDECIDED`, and then its dissection tells. Undefined
   * when octets never tell, or history is needed. What it decides is what `test` decides.
   */
  readonly glance: Glance | undefined;
  /** The same for octets of which no packet was made (`CaptureReader.sift`); undefined also when the packet's number, time or lengths are asked for. */
  readonly judge: Judge | undefined;
  /** Whether a frame passes. Nothing in a frame makes it throw. */
  test(dissection: Dissection): boolean;
}

const NO_GLANCES: Glances = { glance: undefined, judge: undefined };

const UTC: ZoneOffset = () => 0;

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
 * @param zone where the local time of absolute times is from; default UTC, the same everywhere
 * @throws FilterError when the expression is not a filter; its message points at the place
 */
export function compileFilter(text: string, fields: FieldNames = KNOWN, zone: ZoneOffset = UTC): Filter {
  const tree = parse(text);
  if (tree === undefined)
    return {
      text,
      hints: [],
      sentence: explain(undefined),
      fields: [],
      needs: NEEDS_NOTHING,
      glance: () => PASSES,
      judge: () => PASSES,
      test: () => true,
    };
  const { test, hints } = check(tree, text, fields, zone);
  const looksAt = fieldsOf(test);
  const needs = needsOf(looksAt);
  const glances = needs.history !== 'none' ? NO_GLANCES : compileGlances(test, looksAt);
  return { text, hints, sentence: explain(test), fields: looksAt, needs, ...glances, test: compile(test) };
}

/**
 * Decides on the packets of one capture in the cheapest way that a filter allows, for those who want packets and not their dissections. Every packet of the capture
 * must be asked about, in order.
 *
 * ```ts
 * const passes = decider(compileFilter('tcp.port == 7456'));
 * while (reader.next(packet)) if (passes(packet)) writer.write(packet);
 * ```
 *
 * @param options limits of the dissector that decides on what octets do not tell
 */
export function decider(filter: Filter, options: Omit<DissectorOptions, 'needs'> = {}): (packet: Packet) => boolean {
  const dissector = new Dissector({ ...options, needs: filter.needs });
  const { glance } = filter;
  if (glance === undefined) return (packet) => filter.test(dissector.dissect(packet));
  return (packet) => {
    const verdict = glance(packet);
    return verdict === UNDECIDED ? filter.test(dissector.dissect(packet)) : verdict === PASSES;
  };
}
