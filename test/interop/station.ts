/**
 * A host of ours on a device of the machine, in a namespace of its own, with the kernel's stack at the other end; everything that passes is captured and judged at the end: by tshark, by see/'s analysis, and by what is left in either stack's tables. Not here:
 * what is said (talks.ts).
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seeded } from '../../src/core/random.ts';
import { readCapture } from '../../src/node/capture-file.ts';
import { captureTo, cryptographicRandom, type Device, nodePlatform, openDevice } from '../../src/node/index.ts';
import { Analysis } from '../../src/see/analysis/index.ts';
import { Dissector } from '../../src/see/dissect/index.ts';
import { Host, impair, RealTimeDriver } from '../../src/speak/index.ts';

/** The two ends. */
export const OURS = '10.9.0.2';
export const THEIRS = '10.9.0.1';

/** The same for IPv6. */
const OURS6 = 'fd00:9::2';
const THEIRS6 = 'fd00:9::1';

/** What is between them. */
export interface Line {
  kind: 'tun' | 'tap' | 'packet';
  mtu: number;
  offload: boolean;
  /** Talks are over IPv6; default false. */
  ipv6?: boolean;
  /** Some of the packets are lost, and some overtaken, each way. */
  impaired?: boolean;
  /** Octets of each packet that are kept for the judges; 0, the default: all. */
  snaplen?: number;
}

/** What the judges say. All lists are empty when all is well. */
export interface Verdict {
  /** Frames, and the most octets that one of them had. */
  frames: number;
  largest: number;
  /** What tshark objects to: malformed packets, wrong checksums, and on a line that loses nothing, losses. */
  tshark: string[];
  /** What the analysis finds wrong: octets nobody saw sent, windows overrun, ends that are not closed. */
  analysis: string[];
  /** Connections that are left, of ours and of the kernel's. */
  left: string[];
}

/**
 * A sum that Linux writes where zero is due: what fills checksums in for devices that don't (skb_checksum_help) knows UDP's rule alone, for
 * which zero means none. It is right as numbers go, one segment in 65,536 has it, and tshark objects.
 */
const MANGLED_ZERO = `(tcp.checksum == 0xffff && (ip.src == ${THEIRS} || ipv6.src == ${THEIRS6}))`;

/** A share of packets lost, and overtaken by others. */
const IMPAIRMENT = { loss: 0.001, reorder: 0.005, reorderDelay: 1 };

/** The station. */
export class Station {
  readonly host: Host;
  readonly device: Device;
  readonly ourAddress: string;
  readonly theirAddress: string;
  readonly #line: Line;
  readonly #folder: string;
  readonly #capture: { close(): void };

  private constructor(line: Line, device: Device) {
    this.#line = line;
    this.device = device;
    this.#folder = mkdtempSync(join(tmpdir(), 'tcplab-interop-'));
    process.on('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
    this.host = new Host({ driver: new RealTimeDriver(nodePlatform(), cryptographicRandom()) });
    const { port } = device;
    const bad = { random: seeded(7), out: IMPAIRMENT, in: IMPAIRMENT };
    this.ourAddress = line.ipv6 ? OURS6 : OURS;
    this.theirAddress = line.ipv6 ? THEIRS6 : THEIRS;
    this.host.plug(line.impaired ? impair(port, bad) : port, {
      address: line.ipv6 ? [`${OURS}/24`, `${OURS6}/64`] : `${OURS}/24`,
      gateway: THEIRS,
    });
    this.#capture = captureTo(this.host, join(this.#folder, 'all.pcapng'), {
      comments: false,
      ...(line.snaplen !== undefined && { snaplen: line.snaplen }),
    });
  }

  /** Opens the device, and sets up the kernel's end. */
  static async open(line: Line): Promise<Station> {
    const { kind, mtu, offload } = line;
    ip('link set lo up');
    if (kind !== 'packet')
      return new Station(
        line,
        await openDevice('dev0', { kind, mtu, offload, addresses: [`${THEIRS}/24`, `${THEIRS6}/64`] }),
      );
    ip('link add dev0 type veth peer name kernel0');
    ip(`link set kernel0 mtu ${mtu} up`);
    ip(`address add ${THEIRS}/24 dev kernel0`);
    ip(`address add ${THEIRS6}/64 dev kernel0 nodad`);
    return new Station(line, await openDevice('dev0', { kind, mtu, offload }));
  }

  /** Whether packets may be lost on the way: where that is asked for, and where the kernel drops what a busy machine does not take from a packet socket in time. */
  get #mayLose(): boolean {
    return this.#line.impaired === true || this.#line.kind === 'packet';
  }

  /** Waits for all to be closed, closes the device and asks the judges. */
  async close(): Promise<Verdict> {
    const left = await this.#left();
    this.#capture.close();
    this.device.close();
    const path = join(this.#folder, 'all.pcapng');
    const [tshark, seen] = await Promise.all([this.#tshark(path), this.#analysis(path)]);
    rmSync(this.#folder, { recursive: true, force: true });
    return { ...seen, tshark, left };
  }

  /** What is left when both sides have had the time to close: TIME-WAIT is no connection any more. */
  async #left(): Promise<string[]> {
    for (let look = 0; ; look++) {
      const ours = this.host.busy
        ? [`ours: ${this.host.tcp.active} connections, ${this.host.sockets.size} sockets`]
        : [];
      const theirs = execFileSync('ss', ['-tanH', 'dst', this.#line.ipv6 ? `[${OURS6}]` : OURS], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line !== '' && !/^(TIME-WAIT|LISTEN)/.test(line))
        .map((line) => `kernel: ${line}`);
      if (ours.length + theirs.length === 0 || look === 100) return [...ours, ...theirs];
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #tshark(path: string): Promise<string[]> {
    const bad = ['_ws.malformed', 'ip.checksum.status == 0'];
    // What is kept of a packet says nothing of its checksum.
    if (this.#line.snaplen === undefined)
      bad.push(`(tcp.checksum.status == 0 && !${MANGLED_ZERO})`, 'udp.checksum.status == 0');
    // Retransmissions prove nothing: where a machine pauses, either side probes for its last segment (RFC 8985 §7).
    if (!this.#mayLose) bad.push('tcp.analysis.lost_segment', 'tcp.analysis.ack_lost_segment');
    const settings = ['tcp.check_checksum:TRUE', 'ip.check_checksum:TRUE'];
    const fields = ['frame.number', '_ws.col.Source', '_ws.col.Info', 'tcp.checksum', '_ws.expert.message'];
    const options = ['-n', '-r', path, ...settings.flatMap((one) => ['-o', one])];
    // What programs say is no matter of TCP's: the octets of a file, taken for HTTP, count as malformed where a segment begins with CR LF.
    options.push('-d', 'tcp.port==1-65535,data');
    options.push('-T', 'fields', ...fields.flatMap((one) => ['-e', one]));
    const { stdout } = await promisify(execFile)('tshark', [...options, '-Y', bad.join(' || ')], {
      maxBuffer: 64 << 20,
    });
    return stdout.split('\n').filter(Boolean).slice(0, 10);
  }

  async #analysis(path: string): Promise<Pick<Verdict, 'frames' | 'largest' | 'analysis'>> {
    const analysis = new Analysis({ maxKept: 0 });
    const dissector = new Dissector();
    const wrong: string[] = [];
    let frames = 0;
    let largest = 0;
    await readCapture(path, (packet) => {
      frames++;
      largest = Math.max(largest, packet.originalLength);
      const { segment } = dissector.dissect(packet);
      const facts = segment && analysis.segment(segment);
      if (facts === undefined || this.#line.impaired) return;
      if (facts.gap > 0 && !this.#mayLose)
        wrong.push(`frame ${facts.frame}: ${facts.gap} octets before it were not seen`);
      if ((facts.usable[facts.from] ?? 0) < 0) wrong.push(`frame ${facts.frame}: overruns the window`);
    });
    for (const { ends, states, ending, reset } of analysis.conversations) {
      const open = states.filter((state, end) => {
        // Of two resets, one behind octets that were on their way, either was obeyed by the other end: what is left in the stacks' tables tells that one was. Who sent it is closed.
        if (state === 'unknown' && ending === 'reset' && end !== reset?.from) return false;
        return state !== 'CLOSED' && state !== 'TIME-WAIT' && state !== 'LAST-ACK';
      });
      if (open.length > 0) wrong.push(`${ends[0].port}-${ends[1].port}: ${states.join(', ')}, ${ending}`);
    }
    return { frames, largest, analysis: wrong.slice(0, 10) };
  }
}

const ip = (line: string): void => void execFileSync('ip', line.split(' '));

/** Runs a program on the kernel's stack; what it prints. @throws Error with what it said when it fails */
export async function run(program: string, args: readonly string[], input?: Uint8Array | string): Promise<Buffer> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', (piece) => out.push(piece));
  child.stderr.on('data', (piece) => {
    errors += piece;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`${program} ${args.join(' ')}: exit code ${code}\n${errors}${Buffer.concat(out)}`));
    });
  });
}
