/** Files that commands write beside captures: text, pictures, whole recordings. What cannot be written is told as for captures. Not here: captures that grow (node/capture-file.ts). */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { asFileError } from '../node/file-error.ts';

/**
 * Writes a file; one that is there is overwritten.
 * @throws TcplabError EISDIR, EACCES, ENOENT or another code of the system when it cannot be written
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw asFileError('write', path, error);
  }
}

/**
 * Makes a folder, and those it is in; one that is there is left as it is.
 * @throws TcplabError EACCES, ENOTDIR or another code of the system when it cannot be made
 */
export function makeFolder(path: string): void {
  // Not mkdir's `recursive`: Node 20 tries for ever where a folder is there and takes none (/proc).
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    throw asFileError('write', path, error);
  }
}
