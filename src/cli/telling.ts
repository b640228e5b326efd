/** A conversation told in sentences: segment by segment, with the clause behind each, and in short at the end. */
import { flagNames } from '../rules/flags.ts';
import type { Conversation } from '../see/analysis/index.ts';
import { endpointText } from '../see/analysis/index.ts';
import { explainFrame, summarize } from '../see/explain/index.ts';
import { paragraph } from './paragraph.ts';
import { colour, print, width } from './terminal.ts';

/** Tells it, a line at a time. */
export function tell(conversation: Conversation, out: (line: string) => void = print): void {
  const { ends, client, index, frames, segments } = conversation;
  const columns = Math.min(width(), 100);
  const [left, right] = client === 0 ? ends : [ends[1], ends[0]];
  out(colour('bold', `tcp.stream ${index}: ${endpointText(left)} (client), ${endpointText(right)} (server)`));
  for (const facts of frames) {
    const { text, section, heading } = explainFrame(facts);
    const [sender, receiver] =
      facts.from === client ? (['client', 'server'] as const) : (['server', 'client'] as const);
    const flags = flagNames(facts.flags) || 'no flags';
    out('');
    out(colour(sender, `Frame ${facts.frame}, ${sender} → ${receiver} [${flags}]`));
    paragraph(text, columns, out);
    out(colour('dim', `  ${section}, ${heading}`));
  }
  if (segments > frames.length) out(`\n… ${segments - frames.length} more segments`);
  out('');
  for (const line of summarize(conversation)) paragraph(line, columns, out);
}
