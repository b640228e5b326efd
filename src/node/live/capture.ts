/**
 * Opens a live capture the best way there is: through the kernel's packet ring (packet-ring.ts), else through the programs dumpcap or tcpdump
 * (program.ts), and says which and why. Not here: what a capture is (contract.ts), files (see/capture), the cable between programs.
 */
import { TcplabError } from '../../core/errors.ts';
import { loadFfi } from '../ffi.ts';
import type { LiveCapture, LiveOptions, LiveSource } from './contract.ts';
import { ANY, listInterfaces } from './interfaces.ts';
import { openPacketRing } from './packet-ring.ts';
import { openProgram, PROGRAMS } from './program.ts';
import { noCapture, noInterface, noRights } from './refusal.ts';

export type {
  BpfInstruction,
  LiveCapture,
  LiveEvents,
  LiveOptions,
  LiveSource,
  LiveStatistics,
  MakeProgram,
} from './contract.ts';

/** The ways to capture, the best one first. */
const SOURCES: readonly LiveSource[] = ['ring', ...PROGRAMS];

/**
 * Opens a live capture on an interface, or on `any` of them.
 * @throws TcplabError `TCPLAB_NO_INTERFACE`, `EACCES` without the rights, `TCPLAB_NO_CAPTURE` when nothing here can capture,
 * `EINVAL` for options out of range; each says what to do
 * @example
 * const capture = await openLive('lo');
 * console.error(capture.note);
 * capture.start({ packet: (packet) => console.log(packet.number, packet.capturedLength) });
 */
export async function openLive(name: string, options: LiveOptions = {}): Promise<LiveCapture> {
  if (process.platform === 'linux' && name !== ANY && !listInterfaces().some((one) => one.name === name)) {
    throw noInterface(name);
  }
  const reasons: string[] = [];
  let forbidden = false;
  for (const source of options.source === undefined ? SOURCES : [options.source]) {
    try {
      if (source !== 'ring') return await openProgram(source, name, options, reasons);
      if (process.platform !== 'linux') throw new TcplabError('TCPLAB_NO_CAPTURE', 'the packet ring is of Linux alone');
      return openPacketRing(await (options.ffi ?? loadFfi)(), name, options);
    } catch (error) {
      if (!(error instanceof TcplabError)) throw error;
      if (error.code === 'EINVAL' || error.code === 'TCPLAB_NO_INTERFACE') throw error;
      forbidden ||= error.code === 'EACCES';
      reasons.push(`${source === 'ring' ? 'the packet ring' : source}: ${error.message}`);
    }
  }
  throw forbidden ? noRights(name, reasons) : noCapture(name, reasons);
}
