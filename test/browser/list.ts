/** A page that lists the packets of a capture, which stands in it as `CAPTURE`, and sends the lines back. */
import { linesOf } from '../../examples/page.ts';

declare const CAPTURE: string;

const octets = Uint8Array.from(atob(CAPTURE), (letter) => letter.charCodeAt(0));
linesOf(new Blob([octets]), 'tcp.flags.syn == 1')
  .then((lines) => lines.join('\n'), String)
  .then((body) => fetch('/result', { method: 'POST', body }));
