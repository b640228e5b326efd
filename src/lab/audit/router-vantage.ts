/** Where packets are passed on: what passes there is compared with what its two ends, both elsewhere, say. */
import type { Micros } from '../../core/time.ts';
import type { Host } from '../../speak/stack/host.ts';
import type { Interface } from '../../speak/stack/interface.ts';
import type { Frame } from '../../wire/frame.ts';
import type { Books } from './report.ts';
import { FarEnd, type Testimony } from './testimony.ts';
import { Vantage } from './vantage.ts';

/** An interface of a router that is captured: both ends of what passes are elsewhere. */
export class RouterVantage extends Vantage {
  readonly #end: () => void;
  readonly #ends = new Map<number, readonly [FarEnd, FarEnd]>();

  constructor(router: Host, iface: Interface, testimony: Testimony, books: Books, maxSegments: number) {
    super(`${router.name} ${iface.name}`, testimony, books, maxSegments);
    this.#end = router.tap((by, frame, now) => {
      if (by === iface) this.#passes(frame, iface.port.medium, now);
    });
  }

  finish(): void {
    this.#end();
    this.judge.finish();
  }

  #passes(frame: Frame, medium: 'ethernet' | 'ip', now: Micros): void {
    const facts = this.see(frame, medium, now, true);
    if (facts === undefined) return;
    const { mark } = frame;
    const { index } = facts.conversation;
    let ends = this.#ends.get(index);
    if (ends === undefined) {
      ends = [new FarEnd(this.testimony), new FarEnd(this.testimony)];
      this.#ends.set(index, ends);
    }
    ends[facts.from === 0 ? 1 : 0].tell(mark, facts);
    const said = ends[facts.from].says(mark, facts);
    if (said !== undefined) this.compare(facts, said.spoken, now, false, said.nxt);
  }
}
