// Checks an installed tcplab, in the folder where it was installed: the command runs, every subpath can be imported, the
// declarations compile for a Node program and (the portable ones) for a browser program, and nothing else came along.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync('node_modules/tcplab/package.json', 'utf8'));
const subpaths = Object.keys(manifest.exports).map((path) => path.replace(/^\./, 'tcplab'));

const run = (program, ...args) => {
  console.log(`$ ${program} ${args.join(' ')}`);
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
};
const fail = (message) => {
  console.error(message);
  process.exit(1);
};

const came = readdirSync('node_modules').filter((name) => !name.startsWith('.'));
console.log(`Installed: ${came.join(' ')}`);
const strangers = came.filter((name) => !['tcplab', 'koffi', '@koromix'].includes(name));
if (strangers.length > 0) fail(`tcplab brings ${strangers.join(', ')}, and should bring nothing but koffi.`);

run('npx', '--no-install', 'tcplab', '--version');
run('npx', '--no-install', 'tcplab', '--help');
run('npx', '--no-install', 'tcplab', 'demo', '--out', 'demo');
run('npx', '--no-install', 'tcplab', 'read', 'demo/capture.pcapng', '-c', '3');

// From a file in this folder, so that `tcplab/...` resolves as it does for a program that installed it.
const names = JSON.stringify(subpaths);
writeFileSync(
  'imports.mjs',
  `for (const name of ${names}) console.log(\`import \${name}: \${Object.keys(await import(name)).length} names\`);\n`,
);
run(process.execPath, 'imports.mjs');

const compile = (name, from, options) => {
  const imports = from.map(
    (subpath, i) => `import * as s${i} from '${subpath}';\nexport const n${i}: object = s${i};\n`,
  );
  writeFileSync(`${name}.mts`, imports.join(''));
  const compilerOptions = { strict: true, noEmit: true, target: 'ES2023', skipLibCheck: false, ...options };
  writeFileSync(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions, files: [`${name}.mts`] }));
  run(process.execPath, join(project, 'node_modules/typescript/bin/tsc'), '-p', `tsconfig.${name}.json`);
};
const portable = subpaths.filter((name) => name !== 'tcplab/node');
const typeRoots = [join(project, 'node_modules/@types')];
compile('server', subpaths, { module: 'NodeNext', lib: ['ES2023'], types: ['node'], typeRoots, skipLibCheck: true });
compile('page', portable, { module: 'ESNext', moduleResolution: 'bundler', lib: ['ES2023', 'DOM'], types: [] });
console.log(`The package is whole: ${pathToFileURL(process.cwd())}`);
