/** However and whenever a program with a device is killed, or the other side of its conversation, or who runs them: no device, route, connection, process or namespace is left. */

import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { NAMESPACE, namespaced, runInNamespace, startInNamespace } from '../namespace.ts';
import { needs } from '../needs.ts';

const it = needs({ root: true, tools: [...NAMESPACE.tools, 'nc', 'ss'] });

const LIMIT = 300;

const nothingLeft = (seen: Record<string, string[]>): void =>
  expect(seen).toEqual(Object.fromEntries(Object.keys(seen).map((name) => [name, []])));

it(
  'either side of a conversation is killed at any moment',
  async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const seen = await runInNamespace<Record<string, string[]>>(
      'test/devices/killing.ts',
      ['talking', String(seed)],
      LIMIT,
    );
    expect(Object.keys(seen), `seed ${seed}`).toHaveLength(6);
    nothingLeft(seen);
  },
  LIMIT * 1_000,
);

it(
  'a gateway is killed at any moment',
  async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const seen = await runInNamespace<Record<string, string[]>>(
      'test/devices/killing.ts',
      ['gateway', String(seed)],
      LIMIT,
    );
    expect(Object.keys(seen), `seed ${seed}`).toHaveLength(3);
    nothingLeft(seen);
  },
  LIMIT * 1_000,
);

it(
  'a parent that has handed its device on is killed, or its child',
  async () => {
    const seen = await runInNamespace<Record<string, string[]>>('test/devices/killing.ts', ['family'], LIMIT);
    expect(Object.keys(seen)).toEqual(['parent', 'child']);
    nothingLeft(seen);
  },
  LIMIT * 1_000,
);

it(
  'who runs programs in a namespace is killed: they and the namespace are gone',
  async () => {
    // With an input that stays open: at its end the program would end by itself.
    const runner = startInNamespace('test/devices/inside.ts', ['hold', 'SIGKILL'], namespaced, 'pipe');
    await once(runner.stdout!, 'data');
    const child = (): ReturnType<typeof processes>[0] | undefined =>
      processes().find(({ parent }) => parent === runner.pid);
    for (let look = 0; look < 600 && child() === undefined; look++) await pause(50);
    const inside = child();
    expect(inside!.namespace).not.toBe(readlinkSync('/proc/self/ns/net'));
    runner.kill('SIGKILL');
    const left = (): unknown[] => processes().filter(({ namespace }) => namespace === inside!.namespace);
    for (let look = 0; look < 600 && left().length > 0; look++) await pause(50);
    expect(left()).toEqual([]);
  },
  LIMIT * 1_000,
);

/** Every process of this machine, its parent and its network namespace. */
function processes(): { parent: number; namespace: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]);
        return [{ parent, namespace: readlinkSync(`/proc/${pid}/ns/net`) }];
      } catch {
        return [];
      }
    });
}
