/**
 * One-line breakages of a source file: an operator turned, a condition decided, a call or an assignment left out, a number one off. All of a file's are written into one
 * text, each behind a switch, so that one bundle serves them all. Not here: running tests against them (player.ts, ../mutate.ts).
 */
import ts from 'typescript-6';

/** A breakage. */
export interface Mutant {
  readonly id: number;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What stands there, and what stands there instead, on one line. */
  readonly from: string;
  readonly to: string;
  /** The line, without its indentation. */
  readonly code: string;
  /** Labels of RFC 9293 that are cited for these lines. */
  readonly labels: readonly string[];
}

/** A file with its breakages in place. */
export interface Instrumented {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** Operators, and what they are turned into. */
const OPERATORS: ReadonlyMap<string, readonly string[]> = new Map([
  ['<', ['<=', '>=']],
  ['<=', ['<', '>']],
  ['>', ['>=', '<=']],
  ['>=', ['>', '<']],
  ['===', ['!==']],
  ['!==', ['===']],
  ['+', ['-']],
  ['-', ['+']],
  ['*', ['/']],
  ['/', ['*']],
  ['%', ['*']],
  ['<<', ['>>']],
  ['>>', ['<<']],
  ['&', ['|']],
  ['|', ['&']],
  ['&&', ['||']],
  ['||', ['&&']],
  ['+=', ['-=']],
  ['-=', ['+=']],
]);

/** Comparisons of sequence numbers, and how they are moved by one: `a` and `b` stand for the arguments. */
const COMPARISONS: ReadonlyMap<string, (a: string, b: string) => string> = new Map([
  ['before', (a, b) => `(before(${a}, ${b}) || ((${a}) | 0) === ((${b}) | 0))`],
  ['after', (a, b) => `(after(${a}, ${b}) || ((${a}) | 0) === ((${b}) | 0))`],
  ['notAfter', (a, b) => `(notAfter(${a}, ${b}) && ((${a}) | 0) !== ((${b}) | 0))`],
]);

/**
 * Writes a file's breakages into it.
 * @param firstId the number of the first
 * @param isOn the condition that a breakage is switched on, as source text
 */
export function instrument(file: string, text: string, firstId: number, isOn: (id: number) => string): Instrumented {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const lines = text.split('\n');
  const cited = citedRanges(tree);
  const mutants: Mutant[] = [];

  /** Notes a breakage of `node`, answers its switch. */
  const note = (node: ts.Node, to: string): string => {
    const at = node.getStart(tree);
    const id = firstId + mutants.length;
    const labels = cited.filter((range) => at >= range.from && at < range.to).flatMap((range) => range.labels);
    const { line } = tree.getLineAndCharacterOfPosition(at);
    const code = lines[line]!.trim();
    mutants.push({
      id,
      file,
      line: line + 1,
      from: oneLine(node.getText(tree)),
      to: oneLine(to),
      code,
      labels: [...new Set(labels)],
    });
    return isOn(id);
  };

  /** The node with its trivia and all breakages within it. */
  const render = (node: ts.Node): string => {
    const inner = isInert(node) ? node.getText(tree) : renderChildren(node);
    return text.slice(node.getFullStart(), node.getStart(tree)) + withOwn(node, inner);
  };

  const renderChildren = (node: ts.Node): string => {
    let result = '';
    let at = node.getStart(tree);
    ts.forEachChild(node, (child) => {
      if (child.getFullStart() < at && child.getStart(tree) < at) return;
      result += text.slice(at, Math.max(at, child.getFullStart()));
      result += child.getFullStart() < at ? render(child).slice(at - child.getFullStart()) : render(child);
      at = child.getEnd();
    });
    return result + text.slice(at, node.getEnd());
  };

  /** `inner`, the node's text, behind the node's own breakages. */
  const withOwn = (node: ts.Node, inner: string): string => {
    if (isRemovable(node)) return `{ if (!(${note(node, 'nothing')})) ${inner} }`;
    if (!ts.isExpression(node) || isNoValue(node)) return inner;
    let result = inner;
    for (const to of changes(node, tree)) result = `(${note(node, to)} ? (${to}) : ${result})`;
    return result;
  };

  const parts = tree.statements.map(render).join('');
  return { text: parts + text.slice(tree.statements.at(-1)?.getEnd() ?? 0), mutants };
}

/** What an expression can be turned into, as source text. */
function changes(node: ts.Expression, tree: ts.SourceFile): string[] {
  const found: string[] = [];
  const source = node.getText(tree);
  if (ts.isBinaryExpression(node)) {
    const sign = node.operatorToken.getText(tree);
    const left = node.left.getText(tree);
    const right = node.right.getText(tree);
    // `| 0` makes an integer.
    if (!(sign === '|' && right === '0')) {
      for (const other of OPERATORS.get(sign) ?? [])
        found.push(
          sign.endsWith('=') && sign.length === 2 && '+-'.includes(sign[0]!)
            ? `${left} ${other} ${right}`
            : `(${left}) ${other} (${right})`,
        );
    }
  } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const operand = node.operand.getText(tree);
    if (node.operator === ts.SyntaxKind.ExclamationToken || node.operator === ts.SyntaxKind.MinusToken)
      found.push(operand);
    if (node.operator === ts.SyntaxKind.TildeToken) found.push(operand);
    if (node.operator === ts.SyntaxKind.PlusPlusToken) found.push(`${operand}--`);
    if (node.operator === ts.SyntaxKind.MinusMinusToken) found.push(`${operand}++`);
  } else if (ts.isNumericLiteral(node)) found.push(`${source} + 1`);
  else if (source === 'true') found.push('false');
  else if (source === 'false') found.push('true');
  else if (ts.isCallExpression(node)) {
    const name = node.expression.getText(tree);
    const [a, b] = node.arguments.map((each) => each.getText(tree));
    if (name === 'Math.min') found.push(source.replace('min', 'max'));
    if (name === 'Math.max') found.push(source.replace('max', 'min'));
    const moved = COMPARISONS.get(name);
    if (moved !== undefined && a !== undefined && b !== undefined) found.push(moved(a, b));
  } else if (ts.isStringLiteral(node) && ts.isCaseClause(node.parent)) found.push('undefined');
  if (isCondition(node)) found.push('true', 'false');
  return found;
}

/** What can be left out without the rest becoming wrong source. */
const isRemovable = (node: ts.Node): boolean =>
  ts.isExpressionStatement(node) ||
  ts.isReturnStatement(node) ||
  ts.isThrowStatement(node) ||
  ts.isContinueStatement(node) ||
  (ts.isBreakStatement(node) && ts.isCaseOrDefaultClause(node.parent));

const isCondition = (node: ts.Expression): boolean =>
  (ts.isIfStatement(node.parent) && node.parent.expression === node) ||
  (ts.isConditionalExpression(node.parent) && node.parent.condition === node);

/** Nothing in it runs. */
const isInert = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isTemplateExpression(node);

/** An expression in a place where no other may stand: a name, what is assigned to, what makes a number an integer. */
function isNoValue(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isIdentifier(node)) return true;
  if (ts.isPropertyAssignment(parent) && parent.name === (node as ts.Node)) return true;
  if (ts.isBinaryExpression(parent)) {
    const sign = parent.operatorToken.kind;
    if (parent.left === node && sign >= ts.SyntaxKind.FirstAssignment && sign <= ts.SyntaxKind.LastAssignment)
      return true;
    if (
      parent.right === node &&
      (sign === ts.SyntaxKind.BarToken || sign === ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken)
    )
      return ts.isNumericLiteral(node);
  }
  return ts.isAsExpression(parent) && parent.type.getText() === 'const';
}

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
};

interface CitedRange {
  readonly from: number;
  readonly to: number;
  readonly labels: readonly string[];
}

/** What each citation stands before: the largest node that begins right behind the comment, or the rest of the line's statement. */
function citedRanges(tree: ts.SourceFile): CitedRange[] {
  const ranges: CitedRange[] = [];
  for (const match of tree.text.matchAll(/\/\/= .*/g)) {
    const labels = match[0].match(/(?:MUST|SHLD)-\d+/g) ?? [];
    if (labels.length === 0) continue;
    const at = match.index;
    const visit = (node: ts.Node): boolean => {
      if (node !== tree && node.getFullStart() <= at && at < node.getStart(tree)) {
        ranges.push({ from: node.getStart(tree), to: node.getEnd(), labels });
        return true;
      }
      return (
        ts.forEachChild(node, (child) =>
          child.getFullStart() <= at && at < child.getEnd() ? visit(child) : undefined,
        ) ?? false
      );
    };
    visit(tree);
  }
  return ranges;
}
