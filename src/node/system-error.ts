/** Errors of the system as tcplab tells them. */
import { POSIX, type PosixCode, posixError } from '../core/errors.ts';

/** The error of a system call as a `TcplabError` where its code is one tcplab knows; any other as it is. */
export function systemError(error: unknown, operation: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(POSIX, code) ? posixError(code as PosixCode, operation) : error;
}
