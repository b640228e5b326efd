/** The portable part in a browser: bundled as a page would have it, and run there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { needs } from '../needs.ts';

const LIMIT = 60_000;

/** A page with this script, served until it has sent its result. */
async function result(script: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-browser-'));
  let tell = (_words: string): void => {};
  const told = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.url === '/') response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/' ? `<!doctype html><body><script>${script}</script>` : '');
    if (request.url === '/result') tell((await request.toArray()).join(''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // Alone with its folder, and with nobody's profile.
  const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const profile = `--user-data-dir=${join(folder, 'profile')}`;
  const browser = spawn('chromium', [...options, profile, `http://127.0.0.1:${port}/`], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, HOME: folder },
  });
  try {
    return await Promise.race([told, once(browser, 'exit').then(([code]) => `chromium ended with ${code}`)]);
  } finally {
    if (browser.exitCode === null && browser.signalCode === null) {
      const ended = once(browser, 'exit');
      // All its processes, which are a group.
      process.kill(-browser.pid!, 'SIGKILL');
      await ended;
    }
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

needs({ tools: ['chromium'] })(
  'an echo through the streams in Chromium',
  async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('echo.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      target: 'es2023',
    });
    expect(await result(outputFiles[0]!.text)).toBe('1000000 octets, the right ones; ECONNREFUSED');
  },
  LIMIT,
);

needs({ tools: ['chromium'] })(
  'examples/page.ts lists a capture in Chromium as the command does here',
  async () => {
    const capture = readFileSync(new URL('../golden/captures/lo.pcapng', import.meta.url));
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('list.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      target: 'es2023',
      define: { CAPTURE: JSON.stringify(capture.toString('base64')) },
    });
    const list = readFileSync(new URL('../golden/dissect/lo-list.txt', import.meta.url), 'utf8');
    const opening = list.split('\n').filter((line) => line.includes('SYN'));
    expect((await result(outputFiles[0]!.text)).split('\n')).toEqual(opening);
  },
  LIMIT,
);
