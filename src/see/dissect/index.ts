/** Captured packets taken apart: layers, fields, list line, detail tree. */
export * from './columns.ts';
export * from './details/index.ts';
export * from './dissection.ts';
export * from './dissector.ts';
export * from './field.ts';
export * from './fields/index.ts';
export * from './frame-json.ts';
export * from './hex-dump.ts';
export * from './protocol.ts';
export * from './segment.ts';
