/**
 * All that the portable part of tcplab (core wire rules speak see lab) may use of a platform.
 * Node, browsers, Bun and Deno have these; anything else is handed in by the caller (clocks, timers, chance, files).
 */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
