/**
 * Citations: `//= RFC 9293 §3.5 MUST-10` where a clause is obeyed in src/ and again at its test. Finds them, refuses those
 * that cite what does not exist, and writes docs/compliance.md: requirement, code, test.
 */
import ts from 'typescript-6';
import { DECLINED, REQUIREMENTS, requirement } from '../src/rules/requirements.ts';
import { citationProblem } from '../src/rules/sections.ts';
import type { Problem, Sources } from './problem.ts';
import { lineAt } from './problem.ts';

/** A labelled clause cited in a file. */
interface Citation {
  readonly label: string;
  readonly file: string;
  /** The function, or the test, that the comment stands in or before. */
  readonly place: string;
}

const MARK = '//=';
const CITATION = /^\/\/= RFC (\d+) §([0-9A-Z]+(?:\.\d+)*)((?:,? (?:MUST|SHLD|MAY|REC)-\d+)*)(?:[: ](.*))?$/;
const LABEL = /(?:MUST|SHLD|MAY|REC)-\d+/g;
/** A label in what should be a remark: mistyped, or in the wrong place. */
const LOST_LABEL = /\b(?:MUST|SHLD|SHOULD|MAY|REC)[- ]?\d/;
const NAMED_SECTION = /RFC (\d{3,5}) §([0-9A-Z]+(?:\.\d+)*)/g;

/** Every citation in the sources, and what is wrong with some. */
export function readCitations(sources: Sources): { citations: Citation[]; problems: Problem[] } {
  const citations: Citation[] = [];
  const problems: Problem[] = [];
  for (const [file, text] of sources) {
    problems.push(...checkNamedSections(file, text));
    if (!text.includes(MARK)) continue;
    const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
    for (const { at, comment } of comments(tree)) {
      const line = lineAt(text, at);
      const parts = CITATION.exec(comment);
      const [, rfc = '', section = '', labels = '', remark = ''] = parts ?? [];
      if (parts === null || LOST_LABEL.test(remark)) {
        const message = `"${comment}" is not a citation: write ${MARK} RFC 9293 §3.5 MUST-10, MUST-11: a remark.`;
        problems.push({ file, line, message });
        continue;
      }
      for (const label of labels.match(LABEL) ?? []) {
        const message = labelProblem(label, rfc, section);
        if (message !== undefined) problems.push({ file, line, message });
        else citations.push({ label, file, place: placeOf(tree, at) });
      }
    }
  }
  return { citations, problems };
}

/** `RFC 9293 §3.1` may stand anywhere, in comments, sentences and pages: the section must exist. */
export function checkNamedSections(file: string, text: string): Problem[] {
  const problems: Problem[] = [];
  for (const match of text.matchAll(NAMED_SECTION)) {
    const [, rfc = '', section = ''] = match;
    const message = citationProblem(Number(rfc), section);
    if (message !== undefined) problems.push({ file, line: lineAt(text, match.index), message: `${message}.` });
  }
  return problems;
}

function labelProblem(label: string, rfc: string, section: string): string | undefined {
  const entry = requirement(label);
  if (rfc !== '9293') return `${label} is cited from RFC ${rfc}, but the labels are RFC 9293's.`;
  if (entry === undefined) return `RFC 9293 has no ${label}; its labels are in src/rules/requirements.ts.`;
  if (entry.section !== section) return `${label} stands in §${entry.section} of RFC 9293, not in §${section}.`;
  return undefined;
}

/** The comments that begin with the mark. The scanner finds them, so one inside a string does not count. */
function comments(tree: ts.SourceFile): { at: number; comment: string }[] {
  const found = new Map<number, string>();
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(tree.text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(tree.text, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of ranges) {
      const comment = tree.text.slice(pos, end);
      if (comment.startsWith(MARK)) found.set(pos, comment.trim());
    }
    node.getChildren(tree).forEach(visit);
  };
  visit(tree);
  return [...found].map(([at, comment]) => ({ at, comment })).sort((a, b) => a.at - b.at);
}

/** What a comment is about: the innermost function or test around it, or that begins right after it. */
function placeOf(tree: ts.SourceFile, at: number): string {
  let place = '';
  const visit = (node: ts.Node): void => {
    // A comment before a declaration belongs to its full range.
    if (at < node.getFullStart() || at >= node.getEnd()) return;
    place = nameOf(node) ?? place;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(tree, visit);
  return place;
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isMethodDeclaration(node)) {
    return node.name?.getText();
  }
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (ts.isAccessor(node)) return node.name.getText();
  if (ts.isVariableStatement(node) && ts.isSourceFile(node.parent)) {
    return node.declarationList.declarations[0]?.name.getText();
  }
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isFunctionLike(node.initializer)) {
    return node.name.getText();
  }
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
    const [name, body] = node.expression.arguments;
    if (name !== undefined && body !== undefined && ts.isStringLiteralLike(name)) return name.text;
  }
  return undefined;
}

/** docs/compliance.md: a line for each requirement. */
export function compliancePage(
  citations: readonly Citation[],
  declined: ReadonlyMap<string, string> = DECLINED,
): string {
  const cell = (label: string, tests: boolean): string => {
    const reason = declined.get(label);
    if (reason !== undefined) return tests ? '' : `declined: ${reason}`;
    const places = citations
      .filter((citation) => citation.label === label && isTest(citation.file) === tests)
      .map(({ file, place }) => {
        const name = place && `: ${place.replaceAll('|', '\\|')}`;
        return `[${file.replace(/^src\//, '')}](../${file})${name}`;
      });
    return [...new Set(places)].join('<br>') || 'not yet';
  };
  const rows = REQUIREMENTS.map(({ label, section, text }) => {
    return `| ${label} | ${text} (§${section}) | ${cell(label, false)} | ${cell(label, true)} |`;
  });
  const { cited, tested } = coverage(citations);
  return `# RFC 9293, requirement by requirement

Each requirement that RFC 9293 labels in its Appendix B, in our own words, with the code that obeys it and the test that
fails if it does not. Written by \`npm run docs\` from the citations in the source; how to cite is said in
[CONTRIBUTING](../CONTRIBUTING.md#citations). The documentation check fails when a MUST, SHLD or REC is missing in code or
tests, and when a MAY is neither done nor declined ([why](../src/rules/requirements.ts)).

Of ${REQUIREMENTS.length} requirements ${cited.size} are cited in the code and ${tested.size} in the tests; ${declined.size} are declined.

| label | what it asks | code | test |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** The labels cited in code and those cited in tests. */
function coverage(citations: readonly Citation[]): { cited: ReadonlySet<string>; tested: ReadonlySet<string> } {
  const cited = new Set<string>();
  const tested = new Set<string>();
  for (const { label, file } of citations) (isTest(file) ? tested : cited).add(label);
  return { cited, tested };
}

/** What is missing before every requirement is met and guarded: a MUST, SHLD or REC wants code and a test, a MAY the same or a reason why not. */
export function checkCompliance(
  citations: readonly Citation[],
  declined: ReadonlyMap<string, string> = DECLINED,
): Problem[] {
  const { cited, tested } = coverage(citations);
  const messages: string[] = [];
  for (const label of declined.keys()) {
    if (requirement(label) === undefined) messages.push(`RFC 9293 has no ${label}.`);
  }
  for (const { label, text } of REQUIREMENTS) {
    const waived = declined.has(label);
    if (waived && !label.startsWith('MAY-')) messages.push(`${label} is declined, but only a MAY can be: ${text}`);
    if (waived && (cited.has(label) || tested.has(label))) messages.push(`${label} is declined and cited as well.`);
    const missing = [cited.has(label) ? '' : 'in the code', tested.has(label) ? '' : 'at a test'].filter(Boolean);
    if (waived || missing.length === 0) continue;
    const or = label.startsWith('MAY-') ? ', or say in DECLINED why not' : '';
    messages.push(`${label} is not cited ${missing.join(' and not ')}: ${text} Cite it${or}.`);
  }
  return messages.map((message) => ({ file: REQUIREMENTS_FILE, line: 1, message }));
}

/** Where problems with labels are reported. */
const REQUIREMENTS_FILE = 'src/rules/requirements.ts';

const isTest = (file: string): boolean => file.startsWith('test/') || file.endsWith('.test.ts');
