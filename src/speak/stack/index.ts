/** Hosts and what makes them go. */

export type { Connection, Report } from './connection.ts';
export type { HostCounters } from './counters.ts';
export type { DatagramOptions } from './datagrams.ts';
export type { Driver } from './driver.ts';
export { Host, type HostOptions, type HostSink } from './host.ts';
export type { IcmpOptions } from './icmp.ts';
export type { Interface, InterfaceOptions } from './interface.ts';
export { type Mib, mib } from './mib.ts';
export type { NeighbourOptions } from './neighbours.ts';
export type { Platform } from './platform.ts';
export { RealTimeDriver } from './real-time-driver.ts';
export type { HostVerdict, SegmentReceived, SegmentSent, Trace } from './trace.ts';
export { receivedText, sentText } from './trace-text.ts';
export { VirtualDriver, type VirtualDriverOptions } from './virtual-driver.ts';
