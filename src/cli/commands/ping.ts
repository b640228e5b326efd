/** `tcplab ping`: echo requests to a host, and how long their replies take. */
import type { Command } from 'commander';
import { TcplabError } from '../../core/errors.ts';
import type { EchoReply } from '../../speak/stack/echoes.ts';
import { formatAddress, type IpAddress, LOOPBACK6, readAddressText } from '../../wire/ip-address.ts';
import { EXIT, UsageError, wholeNumber } from '../failure.ts';
import { addNetworkOptions, NETWORK_HELP, type NetworkOptions, openNetwork } from '../network.ts';
import { flush, print } from '../terminal.ts';

interface PingOptions extends NetworkOptions {
  count?: string;
  interval: string;
  size: string;
}

const HELP = `
Examples:
  tcplab ping localhost -c 3
  tcplab ping 10.7.0.1 --address 10.7.0.2/24        somebody on the cable
  sudo tcplab ping 10.9.0.1 --tun tun0 --address 10.9.0.2/24
  sudo tcplab ping fd09::1 --tap tap0 --address fd09::2/64 --capture ping.pcapng

Exit code 1: no reply came at all.
${NETWORK_HELP}`;

export function define(command: Command): void {
  addNetworkOptions(command)
    .argument('<HOST>', 'localhost or an address such as 10.9.0.1 or fd09::1')
    .option('-c, --count <N>', 'end after so many requests; default: at Ctrl-C')
    .option('-i, --interval <SECONDS>', 'how long between them, fractions allowed', '1')
    .option('-s, --size <OCTETS>', 'data in each request', '56')
    .addHelpText('after', HELP)
    .action(ping);
}

async function ping(name: string, options: PingOptions): Promise<void> {
  const to = readTarget(name, options.ipv6 ?? false);
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : wholeNumber(options.count, '--count', 1, 1e9);
  const interval = Number(options.interval);
  if (!(interval >= 0.001 && interval <= 3_600))
    throw new UsageError(`--interval is a number of seconds from 0.001 to 3600, not "${options.interval}"`);
  const size = wholeNumber(options.size, '--size', 0, 65_000);
  const network = await openNetwork(options, true);
  const { driver, echoes } = network.host;
  const sentAt = new Map<number, number>();
  const times: number[] = [];
  let interrupt = (): void => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  let answered = (): void => {};
  const echo = echoes.open(
    to,
    (reply) => {
      const began = sentAt.get(reply.sequence);
      if (began === undefined) return;
      sentAt.delete(reply.sequence);
      times.push((reply.time - began) / 1_000);
      print(replyText(reply, times.at(-1)!));
      flush();
      answered();
    },
    (sequence, code) => {
      if (!sentAt.delete(sequence)) return;
      const more = code === 'EMSGSIZE' ? ', it is too long for the way; the next go in fragments' : '';
      print(`icmp_seq=${sequence} did not get there: ${code}${more}`);
      flush();
      answered();
    },
  );
  process.on('SIGINT', interrupt);
  let sent = 0;
  try {
    print(`PING ${formatAddress(to)}, ${size} octets of data, ${network.where}`);
    flush();
    let stopped = false;
    interrupted.then(() => {
      stopped = true;
    });
    while (sent < count && !stopped) {
      sent++;
      sentAt.set(sent & 0xffff, driver.now);
      if (!echo.send(sent, size)) throw new TcplabError('ENETUNREACH', `ping ${name}: ENETUNREACH, no way leads there`);
      const replied = new Promise<void>((resolve) => {
        answered = resolve;
      });
      // The last one waits no longer than its reply takes.
      await Promise.race([interrupted, driver.sleep(interval * 1e6), ...(sent === count ? [replied] : [])]);
    }
  } finally {
    process.removeListener('SIGINT', interrupt);
    echo.close();
    await network.close();
  }
  print(summary(formatAddress(to), sent, times));
  process.exitCode = times.length > 0 ? EXIT.DONE : EXIT.FAILED;
}

function readTarget(name: string, six: boolean): IpAddress {
  if (name === 'localhost') return six ? LOOPBACK6 : 0x7f00_0001;
  const address = readAddressText(name);
  if (address === undefined)
    throw new UsageError(`"${name}" is not an address; write one such as 10.9.0.1 or fd09::1, or localhost`);
  return address;
}

const replyText = ({ from, sequence, length, timeToLive }: EchoReply, milliseconds: number): string =>
  `${length} octets from ${formatAddress(from)}: icmp_seq=${sequence} ttl=${timeToLive} time=${milliseconds.toFixed(3)} ms`;

function summary(name: string, sent: number, times: readonly number[]): string {
  const lost = sent === 0 ? 0 : Math.round((100 * (sent - times.length)) / sent);
  const head = `--- ${name}: ${sent} sent, ${times.length} received, ${lost} % lost`;
  if (times.length === 0) return head;
  const sorted = [...times].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 0 ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[middle]!;
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return `${head}; ${least.toFixed(3)} ms at the least, median ${median.toFixed(3)}, ${most.toFixed(3)} at the most`;
}
