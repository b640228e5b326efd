/** ssh as people run it, its server and its client, with keys and a configuration of their own in a folder that goes. Not here: what carries them (talks.ts). */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A server's program and arguments, and a client's, which together know one another. */
export interface Ssh {
  /** `sshd -i` serves whoever is at its standard input and output; `sshd -D` listens. */
  readonly server: readonly [program: string, ...args: string[]];
  readonly client: readonly string[];
  readonly user: string;
}

/** Makes the keys, in a mount namespace of one's own: sshd wants a folder in /run. They are gone when this program ends. */
export function makeSsh(): Ssh {
  const folder = mkdtempSync(join(tmpdir(), 'tcplab-ssh-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  mkdirSync('/run/sshd', { mode: 0o755 });
  const host = join(folder, 'host');
  const own = join(folder, 'own');
  for (const key of [host, own]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const settings = [
    `HostKey ${host}`,
    `AuthorizedKeysFile ${own}.pub`,
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ];
  writeFileSync(join(folder, 'sshd_config'), settings.join('\n'));
  const sshd = execFileSync('sh', ['-c', 'command -v sshd'], { encoding: 'utf8' }).trim();
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];
  return {
    server: [sshd, '-f', join(folder, 'sshd_config')],
    client: ['-F', 'none', '-i', own, ...options.flatMap((each) => ['-o', each])],
    user: userInfo().username,
  };
}
