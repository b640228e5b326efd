/**
 * How much room the engine has for new objects. It doubles that again and again while some of them live on, up to two halves of 16 MiB, which a program that makes megabytes of text a second
 * fills before it collects anything. What views make of a frame is garbage when the frame has been shown, so that many small collections take no longer (measured: none, of 30 MB).
 */

/** By how much it grows otherwise: the engine's own choice. */
const USUAL = 2;

/** Has the engine leave that room as it is in the beginning: for those who make strings for each frame. To be called when all that they need is loaded. */
export function keepNewSpaceSmall(): void {
  growBy(1);
  // Code that the engine made holds for its settings: what is kept of it at the end is for starts that have not come so far.
  process.prependOnceListener('exit', () => growBy(USUAL));
}

const growBy = (factor: number): void =>
  process.getBuiltinModule('node:v8').setFlagsFromString(`--semi-space-growth-factor=${factor}`);
