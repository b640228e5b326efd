/**
 * The detail trees of HTTP/1 messages that are whole in a frame. Not here: what their bodies are; which response answers which request. Read first: RFC 9112 §2-6; RFC 9110 §15 (status codes).
 */
import type { Dissection } from '../dissection.ts';
import { contentLength, cookiePairs, fullUri, type HttpHead, headerOf, headOf, uriParts } from '../http-head.ts';
import { statusText } from '../http-status.ts';
import { eachWholeMessage } from '../whole-messages.ts';
import { bytesText, cutLine, type Tree } from './tree.ts';

/** Characters of a line that Wireshark shows, brackets round it left out; of a longer one it says so. */
const LONGEST = 238;
const CUT = ' [truncated]';

const lineText = (text: string): string => (text.length > LONGEST ? `${CUT}${text}`.slice(0, LONGEST) : text);

/** The same of a value with its name. */
function valueText(name: string, value: string): string {
  const text = `${name}: ${value}`;
  return text.length > LONGEST ? `${name}${CUT}: ${value}`.slice(0, LONGEST) : text;
}

/** The messages that are whole with a segment. @returns whether there are any */
export function addHttp(tree: Tree, dissection: Dissection): boolean {
  let isAny = false;
  eachWholeMessage(dissection, undefined, (view, from, to) => {
    isAny = true;
    addMessage(tree, headOf(view, from, to), to - from);
  });
  return isAny;
}

function addMessage(tree: Tree, head: HttpHead, octets: number): void {
  const [first, second, third] = head.start;
  tree.add(0, 'Hypertext Transfer Protocol');
  tree.add(1, lineText(head.line));
  tree.add(2, `[${lineText(`Expert Info (Chat/Sequence): ${head.line}`)}]`);
  tree.add(3, `[${cutLine(head.line)}]`);
  tree.add(3, '[Severity level: Chat]');
  tree.add(3, '[Group: Sequence]');
  if (head.isResponse) {
    tree.add(2, `Response Version: ${first}`);
    tree.add(2, `Status Code: ${second}`);
    tree.add(2, `[Status Code Description: ${statusText(second)}]`);
    if (third !== '') tree.add(2, valueText('Response Phrase', third));
  } else {
    tree.add(2, `Request Method: ${first}`);
    addTarget(tree, head);
    tree.add(2, `Request Version: ${third}`);
  }
  for (const line of head.lines) addField(tree, head, line);
  tree.add(1, head.empty);
  const uri = fullUri(head);
  if (uri !== undefined) tree.add(1, `[${valueText('Full request URI', uri)}]`);
  addBody(tree, head, octets - head.octets);
}

function addTarget(tree: Tree, head: HttpHead): void {
  tree.add(2, valueText('Request URI', head.start[1]));
  const parts = uriParts(head);
  if (parts === undefined) return;
  const [path, query] = parts;
  tree.add(3, valueText('Request URI Path', path));
  tree.add(3, valueText('Request URI Query', query));
  for (const parameter of query.split('&'))
    if (parameter !== '') tree.add(4, valueText('Request URI Query Parameter', parameter));
}

function addField(tree: Tree, head: HttpHead, line: string): void {
  tree.add(1, lineText(line));
  const [name = '', value = ''] = line.split(/:(.*)/s);
  switch (name.toLowerCase()) {
    case 'content-length': {
      const length = contentLength(head);
      if (length !== undefined) tree.add(2, `[Content length: ${length}]`);
      return;
    }
    case 'cookie':
      for (const pair of cookiePairs(value.trim().replace(/\\r\\n$|\\n$/, '')))
        tree.add(2, valueText('Cookie pair', pair));
  }
}

/** What stands behind the head; what comes in chunks or is packed has no length of its own here. */
function addBody(tree: Tree, head: HttpHead, octets: number): void {
  const isPlain = headerOf(head, 'transfer-encoding') === undefined && headerOf(head, 'content-encoding') === undefined;
  if (octets > 0 && isPlain) tree.add(1, `File Data: ${bytesText(octets)}`);
}
