/**
 * Wireshark's display-filter language: an expression in, a predicate over dissected frames out, or an error that points at the place. And tcpdump's capture-filter language:
 * an expression in, a program for kernels and a decision about packets out.
 */

export { FAILS, type Judge, PASSES, UNDECIDED, type Verdict } from '../capture/sift.ts';
export * from './bpf/index.ts';
export type { FieldNames } from './check.ts';
export { TYPE_NAMES } from './checked.ts';
export * from './filter.ts';
export * from './filter-error.ts';
export { type FilterFunction, FUNCTIONS, type FunctionName } from './functions.ts';
export type { Glance } from './glance.ts';
export * from './limits.ts';
