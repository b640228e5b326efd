/**
 * FreeBSD's `sysctl` settings in a script's shell commands, in the words of this stack where it has any. A script with such settings is one of FreeBSD's: the sizes
 * of its buffers are nobody else's. Not here: Linux's (sysctls.ts).
 */
import type { Choices, ConnectionOptions } from '../../speak/tcp/index.ts';
import type { ShellLine } from './shell.ts';

type Connection = Partial<ConnectionOptions>;

/** `sysctl -w net.inet.tcp.sack.enable=1`: names without `net.inet.tcp.`; of what is beside TCP the whole name. */
export const freebsdAssignments = ({ words }: ShellLine): [name: string, value: string][] =>
  words.flatMap(({ text }) => {
    const match = /^(?:net\.inet\.tcp\.|(?=(?:net\.inet6?|kern\.ipc)\.))([\w.]+)=(\d+)$/.exec(text);
    return match === null ? [] : [[match[1]!, match[2]!]];
  });

const milliseconds = (value: number, most: number): number => Math.min(most * 1_000, Math.max(1, value));

const SETTINGS: ReadonlyMap<string, (connection: Connection, value: number) => void> = new Map<
  string,
  (connection: Connection, value: number) => void
>([
  ['sack.enable', (connection, value) => (connection.selectiveAcknowledgments = value !== 0)],
  ['ecn.enable', (connection, value) => (connection.ecn = value === 1 ? 'active' : value === 0 ? 'off' : 'passive')],
  ['rfc1323', setExtensions],
  ['rexmit_initial', (connection, value) => (connection.initialRto = milliseconds(value, 120))],
  ['keepinit', (connection, value) => (connection.synTimeout = connection.synAckTimeout = milliseconds(value, 32_767))],
  ['keepidle', (connection, value) => (connection.keepAliveIdle = milliseconds(value, 32_767))],
  ['keepintvl', (connection, value) => (connection.keepAliveInterval = milliseconds(value, 32_767))],
  ['keepcnt', (connection, value) => (connection.keepAliveProbes = Math.min(127, Math.max(1, value)))],
]);

/** RFC 7323: 0 neither, 1 both, 2 window scaling alone, 3 timestamps alone. */
function setExtensions(connection: Connection, value: number): void {
  connection.windowScaling = value === 1 || value === 2;
  connection.timestamps = value === 1 || value === 3;
}

/** Settings that mean something, and how the stack behaves; another value is told. */
const FIXED: ReadonlyMap<string, string> = new Map([
  ['insecure_rst', '0'],
  ['insecure_syn', '0'],
  ['insecure_ack', '0'],
  ['blackhole', '0'],
  ['drop_synfin', '0'],
  ['rexmit_drop_options', '0'],
]);

/** A script of FreeBSD's expects its SYN again when the RFCs have it so: each timeout doubles the next, and nothing hurries it. */
export const freebsdChoices = (choices: Choices): Choices => ({
  ...choices,
  ...{ linearSynTimeouts: 0, hurriesSyn: false, offersEveryStep: false },
});

/** Applies a setting; answers a note when it means something and is not so here. */
export function applyFreebsdSysctl(connection: Connection, name: string, value: string): string | undefined {
  SETTINGS.get(name)?.(connection, Number(value));
  const fixed = FIXED.get(name);
  return fixed === undefined || fixed === value ? undefined : `${name}=${value} is not supported yet`;
}
