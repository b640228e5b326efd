/** A layer as the trees of its own octets read it: its view, its place, and where it ends. */
import { type Dissection, viewOf } from '../dissection.ts';

/** Where a layer is. */
export interface Place {
  readonly view: DataView;
  readonly at: number;
  /** Where its header ends, for a broken one where its readable octets end. */
  readonly payload: number;
  /** Where its captured octets end. */
  readonly end: number;
}

/** A layer's place. */
export const placeOf = (dissection: Dissection, layer: number): Place => ({
  view: viewOf(dissection, layer),
  at: dissection.starts[layer]!,
  payload: dissection.payloads[layer]!,
  end: dissection.ends[layer]!,
});
