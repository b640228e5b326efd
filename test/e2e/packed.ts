/** The command as it is packed. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCommand } from '../../tools/bundle.ts';
import { ROOT } from './program.ts';

/** The command, bundled in a folder of its own, in which there is room for more. */
export interface Packed {
  readonly folder: string;
  readonly command: string;
  remove(): void;
}

/** Bundles the command. */
export async function packCommand(): Promise<Packed> {
  // Inside node_modules: what stays imported is found from there, and nobody's search or formatter looks in.
  const folder = mkdtempSync(join(ROOT, 'node_modules/.tcplab-command-'));
  await bundleCommand(join(folder, 'dist/cli'), ['koffi']);
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  return {
    folder,
    command: join(folder, 'dist/cli/main.cjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
