/** What carries frames: cables in memory, and devices that wrap them. */
export { type BridgeCounters, type BridgeOptions, type BridgePort, bridge } from './bridge.ts';
export {
  type ImpairedPort,
  type Impairment,
  type ImpairmentCounters,
  type ImpairOptions,
  impair,
} from './impair.ts';
export type { LinkProperties, Port } from './link.ts';
export type { LinkCounters, LinkOptions } from './link-options.ts';
export { loopback } from './loopback.ts';
export { type PipeOptions, type PipePort, pipe } from './pipe.ts';
export { type Direction, type FrameSink, tap } from './tap.ts';
