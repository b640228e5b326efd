/**
 * A program that tests of the packet ring run in a network namespace of its own (`unshare -n`) or without rights (`setpriv`): one case, named by the
 * argument; what it saw is printed as JSON. Its interfaces vanish with it.
 */
import { execFileSync } from 'node:child_process';
import type { TcplabError } from '../src/core/errors.ts';
import { loadFfi } from '../src/node/ffi.ts';
import { openLive } from '../src/node/live/capture.ts';
import { openPacketRing } from '../src/node/live/packet-ring.ts';
import { Listener, withCapture } from './live-traffic.ts';

const ffi = await loadFfi();
const ip = (line: string): void => void execFileSync('ip', line.split(' '));

/** Two interfaces with a cable between them, and no traffic but ours: IPv6 would send its own. */
function cable(): void {
  ip('link add v0 type veth peer name v1');
  for (const name of ['v0', 'v1']) {
    ip(`link set ${name} addrgenmode none`);
    ip(`link set ${name} up`);
  }
}

/** Sends frames, given in hexadecimal, out of an interface. */
function send(name: string, frames: readonly string[]): void {
  const program =
    'import socket,sys\ns=socket.socket(socket.AF_PACKET,socket.SOCK_RAW)\ns.bind((sys.argv[1],0))\nfor f in sys.argv[2:]: s.send(bytes.fromhex(f))';
  execFileSync('python3', ['-c', program, name, ...frames]);
}

/** Frames of a test have this behind their Ethernet header, so that they are told from others. */
const MARK = 'feedc0de'.repeat(12);
const ADDRESSES = '020000000001020000000002';

async function vlan(): Promise<unknown> {
  cable();
  const capture = openPacketRing(ffi, 'v0', {});
  const headers = ['0800', '810060050800', '88a80007810000050800'];
  const frames: string[] = [];
  await new Promise<void>((resolve) => {
    capture.start({
      packet({ bytes, at, capturedLength, originalLength }) {
        const octets = Buffer.from(bytes.subarray(at, at + capturedLength)).toString('hex');
        if (!octets.endsWith(MARK) || capturedLength !== originalLength) return;
        frames.push(octets.slice(0, -MARK.length));
        if (frames.length === headers.length) resolve();
      },
    });
    send(
      'v1',
      headers.map((header) => ADDRESSES + header + MARK),
    );
  });
  await capture.close();
  return frames;
}

async function down(): Promise<unknown> {
  cable();
  const capture = openPacketRing(ffi, 'v0', {});
  const listener = { notes: [] as string[], heard: 0, end: undefined as string | undefined };
  let changed = (): void => {};
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      changed = () => condition() && resolve();
      changed();
    });
  capture.start({
    packet({ bytes, at, capturedLength }) {
      if (
        !Buffer.from(bytes.subarray(at, at + capturedLength))
          .toString('hex')
          .endsWith(MARK)
      )
        return;
      listener.heard++;
      changed();
    },
    note(text) {
      listener.notes.push(text);
      changed();
    },
    end(problem) {
      listener.end = problem?.code;
      changed();
    },
  });
  ip('link set v0 down');
  await until(() => listener.notes.length === 1);
  ip('link set v0 up');
  await until(() => listener.notes.length === 2);
  send('v1', [`${ADDRESSES}0800${MARK}`]);
  await until(() => listener.heard === 1);
  // The socket tells that it is down, and not that it was removed then.
  ip('link set v0 down');
  await until(() => listener.notes.length === 3);
  ip('link delete v0');
  await until(() => listener.end !== undefined);
  return listener;
}

async function given(): Promise<unknown> {
  const own = await openLive('lo').then(
    (capture) => capture.close().then(() => 'opened'),
    (error: TcplabError) => error.code,
  );
  const capture = await openLive('lo', { source: 'ring', descriptor: 3 });
  let payloads: string[] = [];
  await withCapture(capture, async (talker) => {
    const listener = new Listener(talker.port);
    capture.start(listener.events());
    await talker.say('through the given socket');
    await listener.last('through the given socket');
    payloads = listener.heard.map(({ payload }) => payload);
  });
  return { own, payloads };
}

const cases: Record<string, () => Promise<unknown>> = { vlan, down, given };
console.log(JSON.stringify(await cases[process.argv[2]!]!()));
