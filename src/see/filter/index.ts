/**
 * Wireshark's display-filter language: an expression in, a predicate over dissected frames out, or an error that points at the place. And tcpdump's capture-filter language:
 * an expression in, a program for kernels and a decision about packets out.
 */
export * from './bpf/index.ts';
export type { FieldNames } from './check.ts';
export { TYPE_NAMES } from './checked.ts';
export * from './filter.ts';
export * from './filter-error.ts';
export { type FilterFunction, FUNCTIONS, type FunctionName } from './functions.ts';
export { FAILS, type Glance, PASSES, UNDECIDED, type Verdict } from './glance.ts';
export * from './limits.ts';
