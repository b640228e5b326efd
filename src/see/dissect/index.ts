/** `tcplab/dissect`: captured packets taken apart: layers, fields, list line, detail tree, hex dump, JSON. */
export type { AckFacts, AcknowledgmentOptions, Acknowledgments } from './acknowledgments.ts';
export * from './columns.ts';
export type { ConversationOptions, Conversations } from './conversations.ts';
export type { DatagramOptions, Datagrams } from './datagrams.ts';
export * from './details/index.ts';
export * from './dissection.ts';
export * from './dissector.ts';
export * from './field.ts';
export * from './fields/catalogue.ts';
export * from './fields/index.ts';
export * from './frame-json.ts';
export * from './hex-dump.ts';
export type { TimeForm, ZoneOffset } from './list-time.ts';
export { flagText } from './names.ts';
export * from './needs.ts';
export * from './packet-list.ts';
export * from './protocol.ts';
export * from './segment.ts';
