/** A promise that is settled from outside. */
export interface Owed<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Makes one. Nobody has to listen to it: who does not is not told of a rejection, which others are told of in their own way. */
export function owe<T>(): Owed<T> {
  let resolve: Owed<T>['resolve'] = () => {};
  let reject: Owed<T>['reject'] = () => {};
  const promise = new Promise<T>((keep, fail) => {
    resolve = keep;
    reject = fail;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
