/**
 * Octets allocated for a segment while octets flow: the heap profiler samples every allocation (those collected since too) during `bulk`, and each sample counts for the
 * folder of the function that allocates. What is asked for: nothing in tcp/, stack/ and link/. A program of its own, run from the source: in a bundle no function has a folder. It prints
 * one object.
 */
import { Session } from 'node:inspector/promises';
import { bulk, CHUNK, SEGMENT } from './sockets.ts';

/** Octets that are sent while it is counted: a million segments. */
const OCTETS = Math.ceil((1_000_000 * SEGMENT) / CHUNK) * CHUNK;

/** Mean octets between samples. */
const INTERVAL = 512;

/** What is used of a profile's node. */
interface Node {
  readonly callFrame: { readonly url: string };
  readonly selfSize: number;
  readonly children: readonly Node[];
}

/** Octets a segment. */
export interface Allocation {
  /** In src/speak/tcp, stack and link: what a segment costs. */
  stack: number;
  /** In src/speak/socket, src/core and the program: what its calls cost, promises and views of its own arrays. */
  faces: number;
}

/** Runs that are not counted: code that is not compiled yet boxes its numbers. */
const WARM_UP = 3;

/** Measures once. */
async function allocation(): Promise<Allocation> {
  for (let i = 0; i < WARM_UP; i++) await bulk();
  const session = new Session();
  session.connect();
  const options = {
    samplingInterval: INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  };
  await session.post('HeapProfiler.startSampling', options);
  await bulk(OCTETS);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  let stack = 0;
  let faces = 0;
  // A built-in (an array's push, a view) counts for whom it works.
  const visit = (node: Node, inherited: string): void => {
    const url = node.callFrame.url === '' ? inherited : node.callFrame.url;
    if (/\/speak\/(tcp|stack|link)\//.test(url)) stack += node.selfSize;
    else if (/\/(speak|core|wire|bench)\//.test(url)) faces += node.selfSize;
    for (const child of node.children) visit(child, url);
  };
  visit(profile.head, '');
  const segments = OCTETS / SEGMENT;
  return { stack: stack / segments, faces: faces / segments };
}

console.log(JSON.stringify(await allocation()));
