/**
 * A device opened by who may, used by who need not: a parent with rights opens it and starts a child without any, which inherits nothing but the descriptor. The child takes it with `receivedDevice()`. It ends when the parent does.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { TcplabError } from '../../core/errors.ts';
import { type Device, inheritDevice } from './device.ts';

const VARIABLE = 'HANDED_DEVICE';

/** The descriptor in the child. */
const DESCRIPTOR = 3;

/** As whom the child runs. */
export interface HandOverOptions {
  uid: number;
  gid: number;
  /** For descriptors 0 to 2; default: the parent's own. */
  stdio?: readonly ['inherit' | 'pipe' | 'ignore', 'inherit' | 'pipe' | 'ignore', 'inherit' | 'pipe' | 'ignore'];
}

/**
 * Starts a program as another user and hands it the device, which is closed here.
 * @throws TcplabError EINVAL when the device has no descriptor
 * @example handOver(await openDevice('tun0', { addresses: ['10.9.0.1/24'] }), process.execPath, ['server.js'], { uid: 65534, gid: 65534 });
 */
export function handOver(
  device: Device,
  program: string,
  args: readonly string[],
  { uid, gid, stdio = ['inherit', 'inherit', 'inherit'] }: HandOverOptions,
): ChildProcess {
  const { facts } = device;
  if (facts === undefined) throw new TcplabError('EINVAL', `${device.name} has no descriptor that could be handed on`);
  const env = { ...process.env, [VARIABLE]: JSON.stringify({ ...facts, descriptor: DESCRIPTOR }) };
  const all: StdioOptions = [...stdio, facts.descriptor];
  const child = spawn(program, args, { stdio: all, env, uid, gid });
  device.close();
  return child;
}

/**
 * The device that this program was started with by `handOver`.
 * @throws TcplabError EINVAL when it was not
 */
export async function receivedDevice(): Promise<Device> {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new TcplabError('EINVAL', 'this program was handed no device: start it with handOver');
  delete process.env[VARIABLE];
  return inheritDevice(JSON.parse(text));
}
