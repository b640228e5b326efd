/** Errors of the system as tcplab tells them. */
import { POSIX, type PosixCode, posixError, TcplabError } from '../core/errors.ts';

/** The error of a system call as a `TcplabError`; what is no error of the system is left as it is. */
export function systemError(error: unknown, operation: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (Object.hasOwn(POSIX, code)) return posixError(code as PosixCode, operation);
  const what = code === 'ENOTFOUND' ? `${code}, no host of that name was found` : error.message;
  return new TcplabError('TCPLAB_SYSTEM', `${operation}: ${what}`);
}
