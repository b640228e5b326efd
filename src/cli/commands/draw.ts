/** `tcplab draw`: the conversations of a capture as ladders, on the terminal or as a picture. */
import type { Command } from 'commander';
import { ladderOf, ladderScene, ladderText, svg } from '../../see/diagram/index.ts';
import { CAPTURE } from '../captures.ts';
import { UsageError, wholeNumber } from '../failure.ts';
import { writeWhole } from '../output.ts';
import { storiesOf } from '../stories.ts';
import { print, say, wantsColour, width } from '../terminal.ts';

interface DrawOptions {
  filter?: string;
  stream?: string;
  output?: string;
  width?: string;
  sentences: boolean;
  maxSegments: string;
}

const HELP = `
Each end is a lifeline titled ip:port, the client's on the left, with its TCP
state beside it. Each segment is an arrow with its flags, relative Seq and Ack,
window and length.

Examples:
  tcplab draw capture.pcapng
  tcplab draw capture.pcapng --stream 0 -o handshake.svg
  tcplab draw capture.pcapng -Y 'tcp.port == 7456' --no-sentences`;

export function define(command: Command): void {
  command
    .argument('<FILE>', CAPTURE)
    .option('-Y, --filter <FILTER>', 'only conversations with a frame that passes this display filter')
    .option('--stream <N>', 'only this conversation: its tcp.stream')
    .option('-o, --output <FILE>', 'write to FILE.svg (a picture) or FILE.txt instead of the terminal')
    .option('--width <N>', 'columns of the text (60 to 400), or pixels of the picture (480 to 4000)')
    .option('--no-sentences', 'leave out what each segment means')
    .option('--max-segments <N>', 'segments drawn for each conversation at the most', '500')
    .addHelpText('after', HELP)
    .action(draw);
}

async function draw(path: string, options: DrawOptions): Promise<void> {
  const picture = options.output !== undefined && /\.svg$/i.test(options.output);
  if (options.output !== undefined && !picture && !/\.txt$/i.test(options.output)) {
    throw new UsageError(`-o writes a picture (name.svg) or text (name.txt), and ${options.output} ends in neither`);
  }
  const [least, most] = picture ? [480, 4000] : [60, 400];
  const wide = options.width === undefined ? undefined : wholeNumber(options.width, '--width', least!, most!);
  const maxSegments = wholeNumber(options.maxSegments, '--max-segments', 1, 100_000);
  const stories = await storiesOf(path, {
    filter: options.filter,
    stream: options.stream === undefined ? undefined : wholeNumber(options.stream, '--stream', 0, 2 ** 31),
  });
  const ladders = stories.map((story) => ladderOf(story, { maxSegments, sentences: options.sentences }));
  if (options.output === undefined) {
    print(ladderText(ladders, { width: wide ?? width(), color: wantsColour() }).trimEnd());
    return;
  }
  const text = picture
    ? svg(ladderScene(ladders, wide === undefined ? {} : { width: wide }))
    : ladderText(ladders, { width: wide ?? 80 });
  writeWhole(options.output, text);
  say(`${options.output}: ${ladders.length} ${ladders.length === 1 ? 'conversation' : 'conversations'} drawn`);
}
