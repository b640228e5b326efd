/** What tap and impair have in common: a port around a port, which is in every other respect like the one inside. */
import type { Micros } from '../../core/time.ts';
import type { Frame } from '../../wire/frame.ts';
import type { Port } from './link.ts';

/** A port that passes everything on; made to be extended. */
export class WrappedPort implements Port {
  readonly medium: 'ethernet' | 'ip';
  readonly mtu: number;
  readonly gsoMax: number;
  readonly checksumOffload: boolean;
  readonly claim?: (protocol: number, port: number) => Promise<void>;
  readonly release?: (protocol: number, port: number) => void;
  protected readonly inner: Port;

  constructor(inner: Port, checksumOffload: boolean = inner.checksumOffload, gsoMax: number = inner.gsoMax) {
    this.inner = inner;
    this.medium = inner.medium;
    this.mtu = inner.mtu;
    this.gsoMax = gsoMax;
    this.checksumOffload = checksumOffload;
    if (inner.claim !== undefined) this.claim = inner.claim.bind(inner);
    if (inner.release !== undefined) this.release = inner.release.bind(inner);
  }

  get onArrival(): (() => void) | undefined {
    return this.inner.onArrival;
  }

  set onArrival(wake: (() => void) | undefined) {
    this.inner.onArrival = wake;
  }

  send(frame: Frame, now: Micros): void {
    this.inner.send(frame, now);
  }

  receive(now: Micros): Frame | undefined {
    return this.inner.receive(now);
  }

  nextTimeout(): Micros {
    return this.inner.nextTimeout();
  }
}
