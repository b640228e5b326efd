/** The half that talks: hosts with TCP/IP stacks of their own, the links between them, the drivers that make them go, and sockets for programs. */
export { TcplabError } from '../core/errors.ts';
export { type Random, seeded } from '../core/random.ts';
export { MILLISECOND, MINUTE, type Micros, SECOND } from '../core/time.ts';
export * from './link/index.ts';
export * from './socket/bsd.ts';
export * from './stack/index.ts';
export {
  type Choices,
  type ConnectionOptions,
  DEFAULT_OPTIONS,
  DROPS,
  type Drop,
  LINUX_CHOICES,
  OWN_CHOICES,
  SEND_REASONS,
  type SendReason,
  snapshot,
  type TcbSnapshot,
  type TcpCounters,
  type Verdict,
} from './tcp/index.ts';
