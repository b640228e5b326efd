/**
 * A queue whose members leave from wherever they stand, all in constant time: the links are in the members. (The front of a `Set` takes as long to find as many have left
 * it.) Not here: order by anything but arrival.
 */

/** What a member of a queue of `T` has; the queue's alone, `undefined` outside of one. A member is in one queue at most. */
export interface Queued<T> {
  before: T | undefined;
  after: T | undefined;
}

/** A queue. */
export class Queue<T extends Queued<T>> {
  #first: T | undefined = undefined;
  #last: T | undefined = undefined;

  /** The member that has been here longest. */
  get first(): T | undefined {
    return this.#first;
  }

  /** Puts one that is in no queue at the end. */
  append(member: T): void {
    const last = this.#last;
    member.before = last;
    if (last === undefined) this.#first = member;
    else last.after = member;
    this.#last = member;
  }

  /** Takes out a member of this queue. */
  remove(member: T): void {
    const { before, after } = member;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    member.before = undefined;
    member.after = undefined;
  }
}
