/** What is said of an option of IPv4 or TCP whose length does not hold together, and behind which nothing is read. */
import { bytesText } from './tree.ts';

/** What is wrong with the length of the option at `at`, whose octets are in `[at, end)`. */
export function brokenOption(title: string, view: DataView, at: number, end: number): string {
  if (at + 1 >= end) return `${title} (length byte past end of options)`;
  const length = view.getUint8(at + 1);
  return length < 2
    ? `${title} (with too-short option length = ${bytesText(length)})`
    : `${title} (option length = ${bytesText(length)} says option goes past end of options)`;
}
