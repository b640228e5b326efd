/** Numbers of errors. */
import type { PosixCode } from '../../core/errors.ts';

const NUMBERS: Readonly<Record<PosixCode, number>> = {
  EACCES: 13,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  EAFNOSUPPORT: 97,
  EAGAIN: 11,
  EALREADY: 114,
  EBADF: 9,
  EBUSY: 16,
  ECONNABORTED: 103,
  ECONNREFUSED: 111,
  ECONNRESET: 104,
  EDESTADDRREQ: 89,
  EDOM: 33,
  EEXIST: 17,
  EFAULT: 14,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EINPROGRESS: 115,
  EINVAL: 22,
  EIO: 5,
  EISCONN: 106,
  EISDIR: 21,
  EMFILE: 24,
  EMSGSIZE: 90,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ENOENT: 2,
  ENONET: 64,
  ENOPROTOOPT: 92,
  ENOSPC: 28,
  ENOTCONN: 107,
  EOPNOTSUPP: 95,
  EPIPE: 32,
  EPROTO: 71,
  EPROTONOSUPPORT: 93,
  ETIMEDOUT: 110,
};

/** Linux's numbers of errors, by name: what SO_ERROR answers. */
export const ERRNO: ReadonlyMap<string, number> = new Map(Object.entries(NUMBERS));
