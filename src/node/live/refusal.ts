/**
 * What a capture says when it cannot be had: one sentence on what is wrong, then what to do about it. The codes are explained in docs/errors.md.
 */
import { TcplabError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { ANY, listInterfaces } from './interfaces.ts';

/** What always works, said at the end of every refusal. */
const WITHOUT_RIGHTS =
  "Without any rights: `tcplab sniff -i cable` (tcplab's own cable between programs) and `tcplab read FILE`.";

/** The system does not let this user capture. `reasons`: what was tried, and what it said. */
export function noRights(name: string, reasons: readonly string[]): TcplabError {
  return new TcplabError(
    'EACCES',
    [
      `capturing on ${name}: permission denied, because reading an interface needs the right CAP_NET_RAW. Do one of these:`,
      `  - run the same command through sudo`,
      '  - give a copy of node that right, once, and run tcplab with the copy: cp "$(command -v node)" ./node-capture && sudo setcap cap_net_raw,cap_net_admin+ep ./node-capture',
      '  - let dumpcap do it (Debian, Ubuntu): sudo dpkg-reconfigure wireshark-common, answer Yes, sudo usermod -a -G wireshark "$USER", log in again',
      ...tried(reasons),
      WITHOUT_RIGHTS,
    ].join('\n'),
  );
}

/** There is no such interface here. */
export function noInterface(name: string): TcplabError {
  const names = [...listInterfaces().map((one) => one.name), ANY];
  const near = nearest(name, names);
  return new TcplabError(
    'TCPLAB_NO_INTERFACE',
    [
      `there is no interface ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${near}?`}`,
      `There are: ${names.join(', ')} (\`tcplab sniff --list\`).`,
      WITHOUT_RIGHTS,
    ].join('\n'),
  );
}

/** Nothing on this machine can capture. */
export function noCapture(name: string, reasons: readonly string[]): TcplabError {
  return new TcplabError(
    'TCPLAB_NO_CAPTURE',
    [
      `capturing on ${name}: nothing here can do it. Do one of these:`,
      '  - npm install koffi (Linux: tcplab then captures by itself)',
      '  - install dumpcap (Debian, Ubuntu: sudo apt-get install wireshark-common) or tcpdump (sudo apt-get install tcpdump)',
      ...tried(reasons),
      WITHOUT_RIGHTS,
    ].join('\n'),
  );
}

function tried(reasons: readonly string[]): string[] {
  return reasons.length === 0 ? [] : ['What was tried:', ...reasons.map((reason) => `  - ${reason}`)];
}
