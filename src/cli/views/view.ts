/** What a view is: what prints frames, in a form of its own. */
import type { Dissection, DissectionNeeds } from '../../see/dissect/index.ts';

/** Prints frames. */
export interface View {
  /** Printed before the first frame. */
  readonly header: string | undefined;
  /** Printed behind the last frame. */
  readonly footer?: string;
  /** What it asks of a dissection. */
  readonly needs: DissectionNeeds;
  /** Frames come next: of a file of so many octets, or as they come. */
  begin?(octets?: number): void;
  show(dissection: Dissection, origin?: FrameOrigin): void;
}

/** What a frame's octets do not say of it. */
export interface FrameOrigin {
  /** Digits that its capture's clock has behind the decimal point. */
  readonly timeDigits: number;
}
