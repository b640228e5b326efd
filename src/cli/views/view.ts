/** What a view is: what prints frames, in a form of its own. */
import type { Dissection, DissectionNeeds } from '../../see/dissect/index.ts';

/** Prints frames. */
export interface View {
  /** Printed before the first frame. */
  readonly header: string | undefined;
  /** What it asks of a dissection. */
  readonly needs: DissectionNeeds;
  show(dissection: Dissection, origin?: FrameOrigin): void;
}

/** What a frame's octets do not say of it. */
export interface FrameOrigin {
  /** The interface it came from; empty when the capture does not say, undefined when its format cannot. */
  readonly interfaceName: string | undefined;
  /** What that is called besides, where the capture says so. */
  readonly interfaceDescription?: string | undefined;
  /** The section of the capture that it is in, from 1; undefined when it has none. */
  readonly section?: number | undefined;
  /** Digits that its capture's clock has behind the decimal point. */
  readonly timeDigits: number;
}
