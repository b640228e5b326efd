/** `tcplab explain`: the conversations of a capture, segment by segment, in sentences with the clause behind each. */
import type { Command } from 'commander';
import { CAPTURE } from '../captures.ts';
import { wholeNumber } from '../failure.ts';
import { storiesOf } from '../stories.ts';
import { tell } from '../telling.ts';
import { print } from '../terminal.ts';

const HELP = `
Every segment of a conversation, with what it means to both ends: who speaks,
its number, what it expects next, how many octets its window allows; and the
section of the RFC that says so. A packet that the capture has twice, as one
taken in two places has, is told once.

Examples:
  tcplab explain capture.pcapng
  tcplab explain capture.pcapng --stream 1
  tcpdump -w - -i lo -c 20 tcp | tcplab explain -`;

export function define(command: Command): void {
  command
    .argument('<FILE>', CAPTURE)
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
