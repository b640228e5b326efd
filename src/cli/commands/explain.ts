/** `tcplab explain`: the conversations of a capture, segment by segment, in sentences with the clause behind each. */
import type { Command } from 'commander';
import { flagNames } from '../../rules/flags.ts';
import type { Conversation } from '../../see/analysis/index.ts';
import { endpointText } from '../../see/analysis/index.ts';
import { explainFrame, summarize } from '../../see/explain/index.ts';
import { wholeNumber } from '../failure.ts';
import { paragraph } from '../paragraph.ts';
import { storiesOf } from '../stories.ts';
import { colour, print, width } from '../terminal.ts';

const HELP = `
Every segment of a conversation, with what it means to both ends: who speaks,
its number, what it expects next, how many octets its window allows; and the
section of the RFC that says so.

Examples:
  tcplab explain capture.pcapng
  tcplab explain capture.pcapng --stream 1
  tcpdump -w - -i lo -c 20 tcp | tcplab explain -`;

export function define(command: Command): void {
  command
    .argument('<FILE>', 'a capture (pcap or pcapng), - for standard input')
    .option('-Y, --filter <FILTER>', 'only conversations with a frame that passes this display filter')
    .option('--stream <N>', 'only this conversation: its tcp.stream')
    .addHelpText('after', HELP)
    .action(async (path: string, options: { filter?: string; stream?: string }) => {
      const stories = await storiesOf(path, {
        filter: options.filter,
        stream: options.stream === undefined ? undefined : wholeNumber(options.stream, '--stream', 0, 2 ** 31),
      });
      stories.forEach((story, i) => {
        if (i > 0) print();
        tell(story);
      });
    });
}

/** One conversation. */
function tell(conversation: Conversation): void {
  const { ends, client, index, frames, segments } = conversation;
  const columns = Math.min(width(), 100);
  const [left, right] = client === 0 ? ends : [ends[1], ends[0]];
  print(colour('bold', `tcp.stream ${index}: ${endpointText(left)} (client), ${endpointText(right)} (server)`));
  for (const facts of frames) {
    const { text, section, heading } = explainFrame(facts);
    const arrow = facts.from === client ? 'client → server' : 'server → client';
    print();
    print(`${colour('cyan', `Frame ${facts.frame}, ${arrow} [${flagNames(facts.flags) || 'no flags'}]`)}`);
    paragraph(text, columns);
    print(colour('dim', `  ${section}, ${heading}`));
  }
  if (segments > frames.length) print(`\n… ${segments - frames.length} more segments`);
  print();
  for (const line of summarize(conversation)) paragraph(line, columns);
}
