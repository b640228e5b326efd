/**
 * A module of the bundled command as a function: text of which the engine's code can be kept from one start to the next, which Node's own loader does not do before 22.1. It is told how other parts are
 * loaded, what `import.meta` was, and how packages are; it answers with what the module exports. What it has from others are constants to it, which the engine folds.
 */

/** A node of a syntax tree, of which `type` says which fields it has. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Named {
  readonly name: string;
}

/** The nodes that are other in a function. */
type Import = SyntaxNode & {
  readonly source: { readonly value: string };
  readonly specifiers: readonly { readonly type: string; readonly imported?: Named; readonly local: Named }[];
};
type Export = SyntaxNode & {
  readonly declaration: unknown;
  readonly source: unknown;
  readonly specifiers: readonly { readonly exported: Named; readonly local: Named }[];
};
type ImportExpression = SyntaxNode & { readonly source: { readonly value?: unknown } };

/** How the other parts are named in imports. */
const OTHER_PART = /^\.{1,2}\/(?:parts\/)?/;

/**
 * The text of the function.
 * @param code of a module: its imports and exports are lists of names, as bundlers write them
 * @param body what it parses to
 * @throws Error when it imports or exports in another way
 */
export function asFunction(code: string, body: readonly SyntaxNode[]): string {
  const edits: { start: number; end: number; text: string }[] = [];
  const exported: string[] = [];
  for (const node of body) {
    if (node.type === 'ImportDeclaration') edits.push({ ...node, text: imported(node as Import) });
    else if (node.type === 'ExportNamedDeclaration') {
      const { declaration, source, specifiers } = node as Export;
      if (declaration !== null || source !== null)
        throw new Error(`a part exports by a list, not ${code.slice(node.start, node.end)}`);
      for (const one of specifiers) exported.push(`${one.exported.name}: ${one.local.name}`);
      edits.push({ ...node, text: '' });
    } else if (node.type.startsWith('Export')) throw new Error(`a part has no ${node.type}`);
  }
  visit(body, (node) => {
    if (node.type === 'MetaProperty' && code.slice(node.start, node.end) === 'import.meta')
      edits.push({ ...node, text: '__meta' });
    if (node.type === 'ImportExpression') edits.push({ ...node, text: later(node as ImportExpression) });
  });
  let text = '';
  let from = 0;
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    text += code.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return `(function (__load, __meta, __installed) {\n'use strict';\n${text}${code.slice(from)}\nreturn { ${exported.join(', ')} };\n});\n`;
}

function imported({ source, specifiers }: Import): string {
  if (!OTHER_PART.test(source.value))
    throw new Error(`a part loads the package ${source.value} when it needs it, with import()`);
  const names = specifiers.map(({ type, imported, local }) => {
    if (type !== 'ImportSpecifier') throw new Error(`${source.value}: a part imports by names`);
    return `${imported!.name}: ${local.name}`;
  });
  return `const { ${names.join(', ')} } = __load(${nameOf(source.value)});`;
}

/** A module that is imported later: another part, or a package. */
function later({ source: { value } }: ImportExpression): string {
  if (typeof value !== 'string') throw new Error('a part names what it imports');
  return OTHER_PART.test(value)
    ? `Promise.resolve(${nameOf(value)}).then(__load)`
    : `Promise.resolve({ default: __installed(${JSON.stringify(value)}) })`;
}

const nameOf = (source: string): string => JSON.stringify(source.replace(OTHER_PART, ''));

/** Shows all nodes of a tree, each before those inside it. */
function visit(tree: unknown, show: (node: SyntaxNode) => void): void {
  if (typeof tree !== 'object' || tree === null) return;
  if (typeof (tree as SyntaxNode).type === 'string') show(tree as SyntaxNode);
  for (const child of Object.values(tree)) visit(child, show);
}
