/** tcplab on Node: this program's host on the cable that programs share, the cable itself, capture files, and the platform. */
export { TcplabError } from '../core/errors.ts';
export { repr } from '../core/repr.ts';
export type { ChannelLimit } from './cable/channel.ts';
export type { HubOptions, HubStatistics } from './cable/hub.ts';
export type { CableOptions } from './cable/membership.ts';
export { defaultCablePath } from './cable/path.ts';
export { Cable, type CableStatistics, openCable } from './cable/port.ts';
export { type CableCapture, type CableWatch, type CableWatcher, captureCable, watchCable } from './cable/watch.ts';
export * from './capture-file.ts';
export type { ZstdDecoder } from './decompress.ts';
export * from './default-host.ts';
export type { Channel, DeviceKind, DeviceOptions, DeviceRoute } from './device/contract.ts';
export { Device, type DeviceCounters, openDevice, removeDevice } from './device/device.ts';
export { type HandOverOptions, handOver, receivedDevice } from './device/handover.ts';
export { captureTo, type HostCapture, type HostCaptureOptions } from './host-capture.ts';
export { cryptographicRandom, nodePlatform } from './platform.ts';
export { readFrames } from './read-frames.ts';
export { dropRights } from './rights.ts';
