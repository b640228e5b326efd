/** Capture filters: tcpdump's language, compiled to classic BPF and run. */
export { type CaptureFilter, compileCaptureFilter, compileSocketFilter, type SocketFilter } from './capture-filter.ts';
export { type BpfInstruction, listing, run as runBpf } from './instruction.ts';
