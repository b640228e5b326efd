/** `npm run bench`: bundles the benchmarks with the library, as the package ships it, and runs them there. Not here: what is measured (main.ts). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../tools/bundle.ts';

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
// Inside node_modules: what stays imported is found from there, and nobody's search or formatter looks in.
const folder = mkdtempSync(join(modules, '.tcplab-bench-'));
try {
  await bundle({ bench: 'bench/main.ts' }, folder, ['koffi']);
  const { status } = spawnSync(process.execPath, [join(folder, 'bench.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
