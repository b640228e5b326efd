/**
 * What goes wrong, by name. Wrong use and failed operations throw a `TcplabError` whose `code` is a POSIX name where there is
 * one and `TCPLAB_...` otherwise; docs/errors.md has a heading for each. What comes from a network or a file never
 * throws: it is counted and shown.
 */

/** The POSIX codes that tcplab uses, with what they mean to a person. */
export const POSIX = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the address is already in use',
  EADDRNOTAVAIL: 'the address is not one of this host',
  EAFNOSUPPORT: 'the address family is not supported',
  EAGAIN: 'nothing to do right now, try again later',
  EALREADY: 'an operation of this kind is under way',
  EBADF: 'the socket is closed',
  EBUSY: 'the device is in use',
  ECONNABORTED: 'the connection was aborted',
  ECONNREFUSED: 'the connection was refused: nobody listens there',
  ECONNRESET: 'the other side reset the connection',
  EDESTADDRREQ: 'a destination address is needed',
  EDOM: 'an argument is out of range',
  EEXIST: 'it is there already',
  EFAULT: 'there is no memory at the address',
  EHOSTDOWN: 'the host is down',
  EHOSTUNREACH: 'no route to the host',
  EINPROGRESS: 'the connection is being made',
  EINVAL: 'an argument is not valid',
  EIO: 'the device or file system failed',
  EISCONN: 'the socket is connected already',
  EISDIR: 'it is a directory',
  EMFILE: 'too many open sockets',
  EMSGSIZE: 'the message is too long',
  ENETUNREACH: 'the network is unreachable',
  ENOBUFS: 'no buffer space is left',
  ENOENT: 'there is no such file or directory',
  ENONET: 'the host is not on the network',
  ENOPROTOOPT: 'there is no such option, or protocol',
  ENOSPC: 'no space is left on the device',
  ENOTCONN: 'the socket is not connected',
  EOPNOTSUPP: 'the operation is not supported on this socket',
  EPIPE: 'the sending side is shut down',
  EPROTO: 'a packet was not understood on its way',
  EPROTONOSUPPORT: 'the protocol is not supported',
  ETIMEDOUT: 'the other side did not answer in time',
} as const;

/** A POSIX error code that tcplab uses. */
export type PosixCode = keyof typeof POSIX;

/** A code: POSIX where there is one. */
export type ErrorCode = PosixCode | `TCPLAB_${string}`;

/** An operation that failed or a call that was wrong; `code` says which way, `message` says it with the values and what to do. */
export class TcplabError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'TcplabError';
    this.code = code;
  }
}

/** A `TcplabError` for a POSIX code: `connect 10.0.0.2:7456: ECONNREFUSED, the connection was refused: nobody listens there`. */
export function posixError(code: PosixCode, operation: string): TcplabError {
  return new TcplabError(code, `${operation}: ${code}, ${POSIX[code]}`);
}
