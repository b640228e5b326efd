/**
 * Objects in no order, each of which knows its place: to take one in or let it go is a store or two, however many there are. (A `Set` looks each up by a hash that it has to make, and copies
 * itself as it grows and shrinks: 1,200 instructions for one that comes and goes.)
 */

/** What can be one. */
export interface Member {
  /** For the `Members` that have it; -1 while none do. */
  place: number;
}

/** Objects that are in. */
export class Members<M extends Member> {
  readonly #all: M[] = [];

  /** How many there are. */
  get size(): number {
    return this.#all.length;
  }

  /** Takes one in that is in none. */
  add(member: M): void {
    member.place = this.#all.length;
    this.#all.push(member);
  }

  /** Lets one go; nothing happens when it is not in. */
  delete(member: M): void {
    const { place } = member;
    if (place < 0) return;
    const last = this.#all.pop()!;
    if (last !== member) {
      this.#all[place] = last;
      last.place = place;
    }
    member.place = -1;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#all[Symbol.iterator]();
  }
}
