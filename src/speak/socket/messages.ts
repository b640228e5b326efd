/** `sendmsg` and `recvmsg`: octets of several buffers in one call, and what is said beside them. There are no control messages here. */
import { TcplabError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import type { Address } from './address.ts';

/** What `recvmsg` answers. */
export interface Message {
  readonly octets: Uint8Array<ArrayBuffer>;
  /** MSG_TRUNC: the datagram was longer; MSG_OOB: it is the urgent octet. */
  readonly flags: number;
  /** Who sent the datagram; undefined on TCP sockets. */
  readonly address: Address | undefined;
}

/** The octets of `buffers`, one after the other. @throws TcplabError EINVAL */
export function gathered(buffers: readonly Uint8Array[], operation: string): Uint8Array {
  if (!Array.isArray(buffers) || !buffers.every((buffer) => buffer instanceof Uint8Array))
    throw new TcplabError(
      'EINVAL',
      `${operation}: EINVAL, the buffers are a list of Uint8Array, not ${given(buffers)}`,
    );
  const [only, ...others] = buffers as readonly Uint8Array[];
  if (only !== undefined && others.length === 0) return only;
  const all = new Uint8Array(buffers.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const buffer of buffers) {
    all.set(buffer, at);
    at += buffer.length;
  }
  return all;
}
