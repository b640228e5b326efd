/**
 * Who may import whom, and what portable code may touch: the house's walls, checked on the parsed source of src/ (a syntax
 * tree, not patterns). It is not a type check: names that only Node or a browser declares are also refused by
 * tsconfig.portable.json; here are the rules that types cannot say.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-6';
import type { Problem, Sources } from './problem.ts';
import { formatProblems, readSources } from './problem.ts';

/** Packages that package.json names: `installed` come with tcplab, `bundled` only with the command line. */
export interface Packages {
  readonly installed: readonly string[];
  readonly bundled: readonly string[];
}

const GROUND = ['core', 'wire', 'rules'];
const SPEAK = ['speak/tcp', 'speak/link', 'speak/stack', 'speak/socket', 'speak/dhcp', 'speak/dns'];
const SEE = ['see/capture', 'see/dissect', 'see/filter', 'see/analysis', 'see/explain', 'see/diagram'];
const PORTABLE = [...GROUND, ...SPEAK, 'speak', ...SEE, 'see', 'lab'];

/** What each layer may import beside itself. Lists grow downwards: an import points to an earlier entry. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
  ...inOrder([], GROUND),
  ...inOrder(GROUND, [...SPEAK, 'speak']),
  ...inOrder(GROUND, [...SEE, 'see']),
  ['lab', [...GROUND, ...SPEAK, 'speak', ...SEE, 'see']],
  ['node', PORTABLE],
  ['browser', PORTABLE],
  ['cli', [...PORTABLE, 'node']],
]);

/** Names that portable code may not use, and what it does instead. */
const BANNED: ReadonlyMap<string, string> = new Map([
  ...['Date', 'performance'].map(instead('time comes in with the call, as Micros (core/time.ts)')),
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'queueMicrotask'].map(
    instead('say when you want to be called in nextTimeout(); the driver has the clock'),
  ),
  ['crypto', 'chance comes in as a Random (core/random.ts)'],
  ['process', 'take what you need as an option; node/ and cli/ read the environment'],
  ['Buffer', 'use Uint8Array and DataView'],
  ['require', 'use a static import'],
  ['globalThis', 'name the value; what a platform may offer is declared in core/platform.d.ts'],
  ['eval', 'write the code out'],
  ['Function', 'write the function out, or its type as (argument: Type) => Result'],
  ['console', 'return what is to be said; cli/ prints it'],
]);

/** Checks every file; the answer is empty when the house stands. */
export function checkLayers(sources: Sources, packages: Packages): Problem[] {
  const problems: Problem[] = [];
  const graph = new Map<string, Import[]>();
  for (const [file, text] of sources) {
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
    const imports = importsOf(tree);
    graph.set(file, imports);
    const layer = layerOf(file);
    if (layer === undefined) {
      problems.push({
        file,
        line: 1,
        message: `no layer has this file. The folders of src/ are ${[...MAY_IMPORT.keys()].join(', ')}; a new one needs its place in tools/layers.ts.`,
      });
      continue;
    }
    const isTest = file.endsWith('.test.ts');
    for (const found of imports) {
      const message = refuse(found, file, layer, isTest, packages);
      if (message !== undefined) problems.push({ file, line: found.line, message });
    }
    if (PORTABLE.includes(layer) && !isTest) problems.push(...bannedNames(tree, file));
  }
  problems.push(...cycles(graph));
  return problems;
}

/** `speak/tcp` for src/speak/tcp/recovery/sack.ts, `speak` for src/speak/index.ts; undefined for a folder nobody planned. */
function layerOf(file: string): string | undefined {
  const [src, first = '', second = ''] = file.split('/');
  if (src !== 'src') return undefined;
  if (MAY_IMPORT.has(`${first}/${second}`)) return `${first}/${second}`;
  const isHalf = first === 'speak' || first === 'see';
  return MAY_IMPORT.has(first) && (!isHalf || second.endsWith('.ts')) ? first : undefined;
}

interface Import {
  readonly from: string;
  readonly line: number;
  readonly dynamic: boolean;
  /** Erased before the code runs: `import type`, `export type`, an import type. */
  readonly erased: boolean;
}

/** Every module that a file names: import, export from, import(), import types and import = require. */
function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, kind: { dynamic?: true; erased?: boolean } = {}): void => {
    if (specifier === undefined) return;
    const from = ts.isStringLiteralLike(specifier) ? specifier.text : specifier.getText();
    found.push({ from, line: lineOf(tree, specifier), dynamic: kind.dynamic ?? false, erased: kind.erased ?? false });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, { erased: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword });
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, { erased: node.isTypeOnly });
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, { erased: true });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], { dynamic: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Why `file` may not import that, and what to do; undefined when it may. */
function refuse(found: Import, file: string, layer: string, isTest: boolean, packages: Packages): string | undefined {
  const { from, dynamic } = found;
  const portable = PORTABLE.includes(layer);
  if (dynamic && portable && !isTest) {
    return `import(${from}) in ${layer}/: portable code loads nothing while it runs. Use a static import, or take the value as an option.`;
  }
  if (!from.startsWith('.')) return refusePackage(from, layer, isTest, packages);
  const target = posix.normalize(posix.join(posix.dirname(file), from));
  if (!target.startsWith('src/')) {
    if (isTest && target.startsWith('test/')) return undefined;
    return `imports ${target}: src/ stands on nothing outside itself${isTest ? ' (tests also on test/)' : ''}. Move what you need into src/.`;
  }
  const other = layerOf(target);
  if (other === undefined) return `imports ${target}, a folder that tools/layers.ts does not know.`;
  if (other === layer) return undefined;
  const allowed = MAY_IMPORT.get(layer) ?? [];
  if (allowed.includes(other)) return undefined;
  if (isTest && half(other) !== undefined && half(other) === half(layer)) return undefined;
  return `${layer}/ imports ${other}/ (${target}): ${reason(layer, other)}`;
}

function refusePackage(from: string, layer: string, isTest: boolean, packages: Packages): string | undefined {
  if (isTest) return undefined;
  const portable = PORTABLE.includes(layer);
  if (isBuiltin(from)) {
    if (portable) {
      return `imports ${from} in ${layer}/: portable code runs in browsers too. Take what you need as an option; node/ has files, sockets and clocks.`;
    }
    if (layer === 'browser') return `imports ${from} in browser/: browsers have no Node modules.`;
    return undefined;
  }
  const name = from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/');
  if (layer === 'node' && packages.installed.includes(name)) return undefined;
  if (layer === 'cli' && (packages.installed.includes(name) || packages.bundled.includes(name))) return undefined;
  if (portable)
    return `imports the package ${name} in ${layer}/: the library has no dependency. Write what you need here.`;
  return `imports the package ${name} in ${layer}/, which an installed tcplab would not have there. node/ may use optionalDependencies, cli/ also devDependencies (it is bundled).`;
}

const half = (layer: string): string | undefined => /^(speak|see)\b/.exec(layer)?.[1];

function reason(layer: string, other: string): string {
  const [ours, theirs] = [half(layer), half(other)];
  if (ours !== undefined && theirs !== undefined && ours !== theirs) {
    return "speak and see never import one another, a judge must not share the accused's reasoning. Move what both need to core, wire or rules, or join them in lab/ or test/.";
  }
  if (['node', 'browser', 'cli'].includes(other)) {
    return `nothing imports ${other}/${other === 'node' ? ' but cli/' : ''}. Take what you need as an option and let ${other}/ hand it in.`;
  }
  const allowed = MAY_IMPORT.get(layer) ?? [];
  return `imports point only to what is below: ${allowed.join(', ') || 'nothing'}. Move the shared idea down, or take the value as an argument.`;
}

/** Names of clocks, timers, chance and platforms in portable code, unless the file declares such a name itself. */
function bannedNames(tree: ts.SourceFile, file: string): Problem[] {
  const problems: Problem[] = [];
  const declared = declarations(tree);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isReference(node) && !isDeclared(node, declared)) {
      const advice = node.text === 'Math' ? mathAdvice(node) : BANNED.get(node.text);
      if (advice !== undefined) {
        const name = node.text === 'Math' ? 'Math.random' : node.text;
        const message = `${name} in portable code, which must run anywhere and repeat itself exactly. Instead: ${advice}.`;
        problems.push({ file, line: lineOf(tree, node), message });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return problems;
}

/** `Math.name` is fine for every name but random; anything else done with Math could reach random unseen. */
function mathAdvice(node: ts.Identifier): string | undefined {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node && parent.name.text !== 'random')
    return undefined;
  return 'chance comes in as a Random (core/random.ts); write other uses of Math as Math.name';
}

/** Whether an identifier stands for a value or type in scope, and not for the name of a property or a declaration. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isExportSpecifier(parent)) return (parent.propertyName ?? parent.name) === node;
  if (ts.isImportSpecifier(parent) || ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent))
    return false;
  return (parent as { name?: ts.Node }).name !== node;
}

type Declared = ReadonlyMap<ts.Node, ReadonlySet<string>>;

/** The names declared in each scope: a file, a function, a block, a loop. */
function declarations(tree: ts.SourceFile): Declared {
  const scopes = new Map<ts.Node, Set<string>>();
  const visit = (node: ts.Node): void => {
    const name = (node as { name?: ts.Node }).name;
    if (isBinding(node) && name !== undefined && ts.isIdentifier(name)) {
      let scope = node.parent;
      while (!isScope(scope)) scope = scope.parent;
      const names = scopes.get(scope) ?? new Set();
      scopes.set(scope, names.add(name.text));
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return scopes;
}

const isBinding = (node: ts.Node): boolean =>
  ts.isVariableDeclaration(node) ||
  ts.isParameter(node) ||
  ts.isBindingElement(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isTypeParameterDeclaration(node) ||
  ts.isImportSpecifier(node) ||
  ts.isImportClause(node) ||
  ts.isNamespaceImport(node);

const isScope = (node: ts.Node): boolean =>
  ts.isSourceFile(node) ||
  ts.isFunctionLike(node) ||
  ts.isBlock(node) ||
  ts.isCaseBlock(node) ||
  ts.isCatchClause(node) ||
  ts.isForStatement(node) ||
  ts.isForInStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isClassLike(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node);

function isDeclared(node: ts.Identifier, declared: Declared): boolean {
  for (let scope: ts.Node | undefined = node.parent; scope !== undefined; scope = scope.parent) {
    if (declared.get(scope)?.has(node.text)) return true;
  }
  return false;
}

/** Files that import one another in a circle when they are loaded, each circle once; types, which are erased, may be mutual. */
function cycles(graph: ReadonlyMap<string, readonly Import[]>): Problem[] {
  const problems: Problem[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    if (done.has(file)) return;
    path.push(file);
    for (const { from, line, erased } of graph.get(file) ?? []) {
      if (erased || !from.startsWith('.')) continue;
      const target = posix.normalize(posix.join(posix.dirname(file), from));
      const start = path.indexOf(target);
      if (start >= 0) {
        const circle = [...path.slice(start), target].join(' -> ');
        const message = `an import cycle: ${circle}. Move what both need to a file of its own.`;
        problems.push({ file, line, message });
      } else if (graph.has(target)) walk(target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return problems;
}

const lineOf = (tree: ts.SourceFile, node: ts.Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;

function inOrder(below: readonly string[], layers: readonly string[]): [string, readonly string[]][] {
  return layers.map((layer, at) => [layer, [...below, ...layers.slice(0, at)]]);
}

function instead(advice: string): (name: string) => [string, string] {
  return (name) => [name, advice];
}

/** The packages that package.json at `root` names. */
export function readPackages(root: string): Packages {
  const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string> | undefined>;
  return {
    installed: Object.keys({ ...dependencies, ...optionalDependencies }),
    bundled: Object.keys(devDependencies ?? {}),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const problems = checkLayers(readSources(root, ['src'], '.ts'), readPackages(root));
  process.stderr.write(formatProblems(problems));
  if (problems.length > 0) process.exitCode = 1;
}
