/**
 * Which way is taken, and what is said when none can be: with programs named dumpcap and tcpdump that the tests write themselves, so that neither
 * rights nor the real ones are needed.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { TcplabError } from '../../core/errors.ts';
import type { FfiLoader } from '../ffi.ts';
import { openLive } from './capture.ts';
import type { LiveEvents, LiveOptions } from './contract.ts';

const withIp = needs({ tools: ['ip'] });

let folder: string;
let path: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcplab-live-'));
  path = process.env.PATH;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

/** Puts a program before all others; the rest of the PATH stays when it needs it. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}
const onlyOurs = (): void => {
  process.env.PATH = folder;
};
const oursFirst = (): void => {
  process.env.PATH = `${folder}${delimiter}${path}`;
};

const withoutKoffi: LiveOptions = {
  ffi: (() =>
    Promise.reject(new TcplabError('TCPLAB_NO_KOFFI', 'koffi cannot be loaded: npm install koffi'))) as FfiLoader,
};

/** A classic pcap file, nanoseconds, Ethernet, with packets of the given octets, for printf. */
function pcap(...packets: number[][]): string {
  const words = (...values: number[]): number[] =>
    values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255));
  const octets = [...words(0xa1b23c4d, 0x00040002, 0, 0, 65535, 1)];
  for (const [i, packet] of packets.entries()) {
    octets.push(...words(1000 + i, 5, packet.length, packet.length), ...packet);
  }
  return octets.map((octet) => `\\${octet.toString(8).padStart(3, '0')}`).join('');
}

const refusal = async (name: string, options: LiveOptions): Promise<TcplabError> => {
  const error = await openLive(name, options).then(
    (capture) => capture.close().then(() => undefined),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(TcplabError);
  return error as TcplabError;
};

withIp('an interface that does not exist is answered with those that do, the nearest first', async () => {
  const error = await refusal('l0', {});
  expect(error.code).toBe('TCPLAB_NO_INTERFACE');
  expect(error.message).toMatch(/"l0"; did you mean lo\?/);
  expect(error.message).toMatch(/There are: .*\blo\b.*\bany\b/);
  expect((await refusal('completely-else', {})).message).not.toMatch(/did you mean/);
});

test('when nothing can capture, the message names what to install', async () => {
  onlyOurs();
  const error = await refusal('any', withoutKoffi);
  expect(error.code).toBe('TCPLAB_NO_CAPTURE');
  expect(error.message).toMatch(/npm install koffi/);
  expect(error.message).toMatch(/dumpcap: it is not installed/);
  expect(error.message).toMatch(/tcpdump: it is not installed/);
  expect(error.message).toMatch(/sniff -i cable/);
});

test('without rights, the message says how to get them and what works without', async () => {
  program(
    'dumpcap',
    'echo "Capturing on lo" >&2; echo "dumpcap: You do not have permission to capture on device \\"lo\\"." >&2; exit 1',
  );
  program('tcpdump', 'exit 1');
  chmodSync(join(folder, 'tcpdump'), 0o644);
  onlyOurs();
  const error = await refusal('any', withoutKoffi);
  expect(error.code).toBe('EACCES');
  expect(error.message).toMatch(/sudo/);
  expect(error.message).toMatch(/setcap cap_net_raw,cap_net_admin\+ep/);
  expect(error.message).toMatch(/dumpcap: You do not have permission/);
  expect(error.message).toMatch(/tcpdump: you have no permission to run it/);
  expect(error.message).toMatch(/sniff -i cable/);
});

test('what a program says of an interface is told as ours', async () => {
  program('tcpdump', 'echo "tcpdump: any: No such device exists" >&2; exit 1');
  onlyOurs();
  expect((await refusal('any', { source: 'tcpdump' })).code).toBe('TCPLAB_NO_INTERFACE');
});

test('a program that writes something else than a capture is stopped', async () => {
  program('tcpdump', 'echo "this is no capture file"; exec sleep 60');
  oursFirst();
  const error = await refusal('any', { source: 'tcpdump' });
  expect(error.code).toBe('TCPLAB_NO_CAPTURE');
  expect(error.message).toMatch(/neither pcap, pcapng nor snoop/);
});

test('without koffi dumpcap is used, and it is said why', async () => {
  program('dumpcap', `trap 'exit 0' INT; printf '${pcap([1, 2, 3], [4, 5])}'; while :; do sleep 0.1; done`);
  oursFirst();
  const capture = await openLive('any', withoutKoffi);
  try {
    expect(capture.source).toBe('dumpcap');
    expect(capture.note).toMatch(/through dumpcap/);
    expect(capture.note).toMatch(/npm install koffi/);
    expect(capture.linkType).toBe(1);
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      capture.start({
        packet({ number, seconds, nanoseconds, bytes, at, capturedLength }) {
          seen.push(`${number} ${seconds}.${nanoseconds} ${[...bytes.subarray(at, at + capturedLength)]}`);
          if (seen.length === 2) resolve();
        },
      });
    });
    expect(seen).toEqual(['1 1000.5 1,2,3', '2 1001.5 4,5']);
    expect(capture.statistics()).toEqual({ received: 2, dropped: undefined });
  } finally {
    await capture.close();
  }
});

test('a program gets the interface, the memory and the mode it was asked for', async () => {
  program('dumpcap', `echo "$@" >"${folder}/dumpcap.arguments"; echo "dumpcap: no" >&2; exit 1`);
  program('tcpdump', `echo "$@" >"${folder}/tcpdump.arguments"; echo "tcpdump: no" >&2; exit 1`);
  oursFirst();
  await refusal('any', withoutKoffi);
  const given = (name: string): string => readFileSync(join(folder, `${name}.arguments`), 'utf8').trim();
  expect(given('dumpcap')).toBe('-q -B 16 -i any -w - -p');
  expect(given('tcpdump')).toBe('-U --time-stamp-precision=nano -B 16384 -i any -w - -p');
  await refusal('any', { ...withoutKoffi, promiscuous: true, bufferOctets: 1 << 18 });
  expect(given('dumpcap')).toBe('-q -B 1 -i any -w -');
  expect(given('tcpdump')).toBe('-U --time-stamp-precision=nano -B 256 -i any -w -');
});

/** Starts a capture and resolves with what its end says. */
const ending = async (script: string): Promise<{ packets: number; problem: TcplabError | undefined }> => {
  program('dumpcap', script);
  oursFirst();
  const capture = await openLive('any', { source: 'dumpcap' });
  let packets = 0;
  return new Promise((resolve) => {
    const events: LiveEvents = {
      packet: () => {
        packets++;
      },
      end: (problem) => resolve({ packets, problem }),
    };
    capture.start(events);
  });
};

test('a program that ends well ends the capture, one that fails says why', async () => {
  expect(await ending(`printf '${pcap([1])}'; exit 0`)).toEqual({ packets: 1, problem: undefined });
  const failed = await ending(
    `printf '${pcap([1])}'; echo "dumpcap: The network adapter is no longer up." >&2; exit 2`,
  );
  expect(failed.packets).toBe(1);
  expect(failed.problem?.message).toBe('dumpcap on any: The network adapter is no longer up.');
  const silent = await ending(`printf '${pcap([1])}'; exit 3`);
  expect(silent.problem?.message).toMatch(/exit code 3/);
});

test("a program's last packets and its count of drops come with finish", async () => {
  program(
    'dumpcap',
    `trap 'printf "${pcap([1]).slice(24 * 4)}"; echo "Packets received/dropped on interface '"'lo'"': 2/7 (pcap:7)" >&2; exit 0' INT
printf '${pcap([1])}'; while :; do sleep 0.1; done`,
  );
  oursFirst();
  const capture = await openLive('any', { source: 'dumpcap' });
  let packets = 0;
  capture.start({ packet: () => packets++ });
  await capture.finish();
  expect(packets).toBe(2);
  expect(capture.statistics()).toEqual({ received: 2, dropped: 7 });
  await capture.close();
});

test('a program that does not end when it is asked to is killed', async () => {
  program('dumpcap', `trap '' INT; printf '${pcap([1])}'; while :; do sleep 1; done`);
  oursFirst();
  const capture = await openLive('any', { source: 'dumpcap' });
  capture.start({ packet: () => {} });
  await capture.close();
  expect(() => capture.start({ packet: () => {} })).toThrow(/closed/);
});
