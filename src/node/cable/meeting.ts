/**
 * How programs find one another at a path: whoever comes first serves the hub there, the others connect. The path is taken by `link`,
 * which exactly one of several starters succeeds at; a socket that nobody answers is taken away by `rename`, and put back if somebody
 * answers it after all. Should two hubs come to be nevertheless (or the file be removed), the one whose socket is no longer
 * at the path resigns, and its programs go over to the other.
 *
 * Not here: what the hub does (hub.ts), how a program comes back after its hub is lost (membership.ts).
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, renameSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { TcplabError } from '../../core/errors.ts';
import { type Channel, type ChannelLimit, joinedChannels, socketChannel } from './channel.ts';
import { Hub, type HubOptions } from './hub.ts';
import { inodeAt, socketAt, WORKING_NAME } from './path.ts';

/** How often a starter tries to connect or to serve before it gives up: each try fails only when another starter was quicker just then. */
const TRIES = 50;

/** How often a hub looks whether its socket is still at its path, in milliseconds. */
const LOOK = 1_000;

/** A hub that this process serves. */
interface Serving {
  readonly hub: Hub;
  readonly server: Server;
  readonly inode: number;
  readonly look: NodeJS.Timeout;
  /** Programs of this process on it. When the last one leaves, the hub ends. */
  own: number;
}

const serving = new Map<string, Serving>();

/** The hub that this process serves at a path, if it does. */
export const hubAt = (path: string): Hub | undefined => serving.get(path)?.hub;

/**
 * A channel to the hub at `path`, which is served by this process if nobody does; ends the channel's part in it with `leave`.
 * @param path as `prepareCablePath` answers
 * @throws TcplabError TCPLAB_CABLE_PATH, TCPLAB_CABLE_FOREIGN (see path.ts), TCPLAB_CABLE_LOST when nobody could be reached or begin
 */
export async function meet(
  path: string,
  limit: ChannelLimit,
  options: Partial<HubOptions>,
): Promise<{ channel: Channel; leave: () => void }> {
  let last = '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    // Starters that met once shall not meet again: each waits its own time.
    if (attempt > 0) await pause(Math.random() * Math.min(100, 5 * attempt));
    const own = serving.get(path);
    if (own !== undefined) return joinOwn(path, own, limit);
    if (socketAt(path)) {
      const answer = await dial(path);
      if (typeof answer !== 'string') {
        const channel = socketChannel(answer, limit);
        return { channel, leave: () => channel.close() };
      }
      last = answer;
      if (answer === 'EACCES' || answer === 'EPERM')
        throw new TcplabError(
          'TCPLAB_CABLE_FOREIGN',
          `the cable at ${path} may not be joined (${answer}); name another path`,
        );
      if (answer === 'ECONNREFUSED') await takeAway(path);
    } else {
      last = 'another program was quicker';
      const began = await serve(path, options);
      if (began !== undefined) return joinOwn(path, began, limit);
    }
  }
  throw new TcplabError(
    'TCPLAB_CABLE_LOST',
    `no cable could be joined or begun at ${path} in ${TRIES} tries (last: ${last}); remove that file, or name another path`,
  );
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A connected socket, or the code of why not. */
function dial(path: string): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EIO'));
    socket.once('connect', () => resolve(socket));
  });
}

/** A name in the same folder that nobody else uses. */
const workingPath = (path: string): string =>
  join(
    dirname(path),
    `.${randomBytes(WORKING_NAME)
      .toString('hex')
      .slice(0, WORKING_NAME - 1)}`,
  );

/** Removes a socket that nobody answers. Another starter may have put a live one there since: then it is put back. */
async function takeAway(path: string): Promise<void> {
  const aside = workingPath(path);
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const answer = await dial(aside);
  if (typeof answer !== 'string') {
    answer.destroy();
    quietly(() => linkSync(aside, path));
  }
  quietly(() => unlinkSync(aside));
}

/** Begins a hub at a path where nothing is; undefined when another starter was quicker. */
async function serve(path: string, options: Partial<HubOptions>): Promise<Serving | undefined> {
  const working = workingPath(path);
  const hub = new Hub(options);
  const server = createServer((socket) => hub.accept(socketChannel(socket, hub.options.memberQueue)));
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen(working, () => resolve(undefined));
  });
  if (failure !== undefined)
    throw new TcplabError(
      'TCPLAB_CABLE_PATH',
      `the cable cannot be served in ${dirname(path)} (${failure.code}); name a path in a folder where you may write`,
    );
  server.on('error', () => {});
  server.unref();
  const inode = inodeAt(working);
  try {
    // Nobody knows the working name, so nobody connects before the mode is right.
    chmodSync(working, 0o600);
    linkSync(working, path);
  } catch (error) {
    server.close();
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw new TcplabError(
      'TCPLAB_CABLE_PATH',
      `the cable cannot be served at ${path} (${(error as NodeJS.ErrnoException).code}); name a path in a folder where you may write`,
    );
  } finally {
    quietly(() => unlinkSync(working));
  }
  const look = setInterval(() => {
    if (inodeAt(path) !== inode) end(path);
  }, LOOK);
  look.unref();
  const began: Serving = { hub, server, inode, look, own: 0 };
  serving.set(path, began);
  if (serving.size === 1) process.on('exit', removeAll);
  return began;
}

function joinOwn(path: string, own: Serving, limit: ChannelLimit): { channel: Channel; leave: () => void } {
  const [channel, theirs] = joinedChannels([limit, own.hub.options.memberQueue]);
  own.hub.accept(theirs);
  own.own++;
  return {
    channel,
    leave: () => {
      channel.close();
      own.own--;
      if (own.own === 0 && serving.get(path) === own) end(path);
    },
  };
}

/** Ends the hub that this process serves at a path. */
function end(path: string): void {
  const own = serving.get(path);
  if (own === undefined) return;
  serving.delete(path);
  clearInterval(own.look);
  remove(path, own);
  own.server.close();
  own.hub.close();
  if (serving.size === 0) process.off('exit', removeAll);
}

function remove(path: string, own: Serving): void {
  quietly(() => {
    if (inodeAt(path) === own.inode) unlinkSync(path);
  });
}

function removeAll(): void {
  for (const [path, own] of serving) remove(path, own);
}

/** For file operations whose failure changes nothing: the file was gone already, or another took its place. */
function quietly(operation: () => void): void {
  try {
    operation();
  } catch {}
}
