/** Captures as commands open them: with the decoder that Node may lack, followed until Ctrl-C, and what was wrong with them said. Not here: their frames (frames.ts). */
import { Decompress } from 'fzstd';
import { type CaptureFile, type CaptureFileOptions, openCapture } from '../node/capture-file.ts';
import { EXIT } from './failure.ts';
import { say } from './terminal.ts';

/** What a command says of the captures that it reads. */
export const CAPTURE = 'a capture (pcap, pcapng or snoop, also in gzip or zstd), - for standard input';
export const CAPTURES = 'captures (pcap, pcapng or snoop, also in gzip or zstd), - for standard input';

/**
 * Opens a capture for a command.
 * @param follow whether to read on, when a file's end is reached, until Ctrl-C
 * @throws TcplabError when it cannot be opened
 */
export function openInput(path: string, options: Omit<CaptureFileOptions, 'follow'> = {}, follow = false): CaptureFile {
  if (!follow) return openCapture(path, { ...options, zstd: Decompress });
  const end = new AbortController();
  const file = openCapture(path, { ...options, zstd: Decompress, follow: end.signal });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  return file;
}

/** Says what is wrong with a capture that has been read, when something is; the program ends with exit code 2 then. */
export function sayProblem({ path, reader: { problem } }: CaptureFile): void {
  if (problem === undefined) return;
  say(`tcplab: ${path === '-' ? 'standard input' : path}: ${problem.message}`);
  process.exitCode = EXIT.WRONG;
}
