/** The command line: finds the command and loads only its file, so that a short command starts fast; each file of commands/ is one command. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, fail } from './failure.ts';
import { narrowed } from './paragraph.ts';
import { flush, width, writeOctets } from './terminal.ts';

/** A command's file. */
interface CommandFile {
  /** Adds the arguments, options, help and action. */
  define(command: Command): void;
}

/** Every command: a line of what it does, and its file. */
const COMMANDS: Readonly<Record<string, readonly [summary: string, load: () => Promise<CommandFile>]>> = {
  demo: ['the experiment: one connection, and every packet of it', () => import('./commands/demo.ts')],
  listen: ['wait for a connection and join it to this terminal', () => import('./commands/listen.ts')],
  connect: ['open a connection and join it to this terminal', () => import('./commands/connect.ts')],
  ping: ['ask a host whether it is there, and how far away', () => import('./commands/ping.ts')],
  gateway: [
    'join networks: the cable, devices of this machine, by passing packets on',
    () => import('./commands/gateway.ts'),
  ],
  sniff: ['watch packets as they pass, on an interface or on the cable', () => import('./commands/sniff.ts')],
  read: ['list, filter and take apart the packets of a capture file', () => import('./commands/read.ts')],
  fields: ['find the fields that filters and --fields know', () => import('./commands/fields.ts')],
  info: ['tell what captures are: packets, times, interfaces, comments', () => import('./commands/info.ts')],
  cut: ['take a part of a capture, by filter, time, stream or number, or split it', () => import('./commands/cut.ts')],
  merge: ['join captures into one, by time', () => import('./commands/merge.ts')],
  filter: ['tell what a display or capture filter means', () => import('./commands/filter.ts')],
  draw: ['draw the conversations of a capture as ladders', () => import('./commands/draw.ts')],
  drill: ["run scripts in packetdrill's notation against the stack", () => import('./commands/drill.ts')],
  explain: ['tell the conversations of a capture in sentences', () => import('./commands/explain.ts')],
};

const FIRST_STEPS = `
First steps, without any rights:
  tcplab demo                       the three-way handshake, packet by packet
  tcplab listen 7456                in one terminal,
  tcplab connect localhost 7456     in another,
  tcplab sniff -i cable             and in a third: see what they say

With a capture, or with the rights to make one:
  tcplab read FILE -Y 'tcp.port == 7456'
  sudo tcplab sniff -i lo -Y tcp
  tcplab explain FILE

Each command has its own help: tcplab COMMAND --help`;

const versionIn = (manifest: URL): string =>
  (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;

async function main(manifest: URL): Promise<void> {
  const program = new Command('tcplab')
    .description('TCP you can see: speak it, sniff it, draw it, understand it.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [COMMAND]', 'show the help of a command')
    .enablePositionalOptions()
    .version(`tcplab ${versionIn(manifest)}`, '-V, --version', 'show the version')
    .configureHelp({
      // Asked when there is help to show: Node loads streams for that.
      get helpWidth() {
        return Math.min(width(), 100);
      },
      minWidthToWrap: 20,
    })
    .configureOutput({
      writeOut: (text) => writeOctets(Buffer.from(narrowed(text, Math.min(width(), 100)))),
      outputError: (text, write) => write(text.replace(/^error: /, 'tcplab: ')),
    })
    .showHelpAfterError('(tcplab --help shows what there is)')
    .showSuggestionAfterError()
    .addHelpText('after', FIRST_STEPS)
    .exitOverride();
  // `tcplab help read` needs that command's definition, as `tcplab read` does.
  const named = process.argv[2] === 'help' ? process.argv[3] : process.argv[2];
  for (const [name, [summary, load]] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary).copyInheritedSettings(program);
    command.showHelpAfterError(`(tcplab ${name} --help shows how it is called)`);
    if (name === named) (await load()).define(command);
  }
  if (process.argv.length > 2) await program.parseAsync();
  else program.outputHelp();
}

/**
 * Runs the command that the program was called with; what goes wrong is said, and is the exit code.
 * @param manifest package.json, which has the version
 */
export async function runCommandLine(manifest: URL): Promise<void> {
  try {
    await main(manifest);
    flush();
  } catch (error) {
    // Commander has printed its message, with the help where that was asked for.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.DONE : EXIT.WRONG;
    else fail(error);
  }
}
