/** Errors of files as tcplab tells them: what could not be done with which file, why, and what to do. Not here: errors of sockets (system-error.ts). */
import { POSIX, TcplabError } from '../core/errors.ts';
import { ownName } from './rights.ts';

/** The system's code of an error, `undefined` as text where it has none. */
export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}

/** What the system refused, as an error of tcplab; one that is already is left alone, and so is what is no error of the system. */
export function asFileError(operation: 'read' | 'write', path: string, error: unknown): unknown {
  if (error instanceof TcplabError || !(error instanceof Error) || !('syscall' in error)) return error;
  const code = codeOf(error);
  if (code === 'EPERM') return fileError(operation, path, 'EACCES');
  if (Object.hasOwn(POSIX, code)) return fileError(operation, path, code as keyof typeof POSIX);
  return new TcplabError('TCPLAB_FILE', `cannot ${operation} ${nameOf(path, operation)}: ${error.message}`);
}

/** The error for an operation on a file that failed with a POSIX code. */
export function fileError(operation: 'read' | 'write', path: string, code: keyof typeof POSIX): TcplabError {
  let advice = '';
  if (code === 'ENOENT') advice = ` (the current directory is ${process.cwd()})`;
  else if (code === 'EISDIR') advice = ': name a file in it';
  else if (code === 'EACCES') advice = `: you may not ${operation} it as the user that you are, ${ownName()}`;
  const meaning = code === 'EBADF' ? 'it is closed' : code === 'EPIPE' ? 'nobody reads it any more' : POSIX[code];
  return new TcplabError(code, `cannot ${operation} ${nameOf(path, operation)}: ${code}, ${meaning}${advice}`);
}

/** A file as messages name it. */
export function nameOf(path: string, operation: 'read' | 'write'): string {
  return path === '-' ? `standard ${operation === 'read' ? 'input' : 'output'}` : `"${path}"`;
}
