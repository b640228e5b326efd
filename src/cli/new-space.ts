/**
 * How much room the engine has for new objects. It doubles that again and again while some of them live on, up to two halves of 16 MiB, which a program that makes megabytes of text a second
 * fills before it collects anything. What views make of a frame is garbage when the frame has been shown, so that many small collections take no longer (measured: none, of 30 MB).
 */

/** Has the engine leave that room as it is in the beginning: for those who make strings for each frame. */
export function keepNewSpaceSmall(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
}
