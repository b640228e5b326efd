/** What the command line says of itself: the help of the program and of every command, and its answers to calls that are wrong. */
import { expect, test } from 'vitest';
import { ROOT, run, start, TEST_LIMIT } from './program.ts';

const COMMANDS = [
  'demo',
  'listen',
  'connect',
  'ping',
  'gateway',
  'sniff',
  'read',
  'fields',
  'info',
  'cut',
  'merge',
  'filter',
  'draw',
  'explain',
];

/** Columns of the terminal that the programs of these tests think they have. */
const WIDTH = 80;

/** The options that a help text describes. */
const optionsOf = (help: string): string[] =>
  [...help.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) => [short ?? '', long!]);

test(
  'the help of every command teaches: what it does, its options, examples that work; it fits the terminal',
  async () => {
    const helps = await Promise.all(COMMANDS.map((name) => run([name, '--help'])));
    for (const [i, name] of COMMANDS.entries()) {
      const { out, err, lines } = helps[i]!;
      expect(err).toBe('');
      expect(out).toMatch(new RegExp(`^Usage: tcplab ${name} \\[options\\]`));
      expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
      const examples = lines.slice(lines.indexOf('Examples:') + 1).filter((line) => line.includes(`tcplab ${name}`));
      expect(examples.length, name).toBeGreaterThan(1);
      // Options in the examples are options there are.
      for (const example of examples) {
        const call = example.slice(example.indexOf(`tcplab ${name}`));
        for (const [option] of call.matchAll(/(?<= )-[\w-]+/g)) expect(optionsOf(out), example).toContain(option);
      }
      // Each option and argument says what it is.
      for (const [line] of out.matchAll(/^ {2}(-\w, )?--[\w-]+( <.*?>)?.*$/gm)) {
        expect(line.replace(/^ {2}(-\w, )?--[\w-]+( <.*?>)? */, ''), line).not.toBe('');
      }
    }
  },
  TEST_LIMIT,
);

test(
  'the program’s help has every command and first steps; no arguments, --help and help are the same; help COMMAND is COMMAND --help',
  async () => {
    const [none, long, command, named, direct] = await Promise.all([
      run([]),
      run(['--help']),
      run(['help']),
      run(['help', 'read']),
      run(['read', '--help']),
    ]);
    for (const name of COMMANDS) expect(none.out).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
    expect(none.out).toContain('First steps, without any rights:\n  tcplab demo ');
    expect(none.lines.filter((line) => line.length > WIDTH)).toEqual([]);
    expect(long.out).toBe(none.out);
    expect(command.out).toBe(none.out);
    expect(named.out).toBe(direct.out);
  },
  TEST_LIMIT,
);

const TWO_PASSES =
  '-2 reads a capture twice; tcplab reads a capture once, and the later frame tells which it answers or completes: icmp.resp_to, dns.response_to, http.request_in, tcp.segment';

test(
  'a wrong call ends with exit code 2 and a suggestion, and prints nothing else',
  async () => {
    const cases: readonly [args: string[], said: string][] = [
      [
        ['raed', 'x.pcap'],
        "tcplab: unknown command 'raed'\n(Did you mean read?)\n(tcplab --help shows what there is)\n",
      ],
      [
        ['read', 'x.pcap', '--feilds', 'tcp.seq'],
        "tcplab: unknown option '--feilds'\n(Did you mean --fields?)\n(tcplab read --help shows how it is called)\n",
      ],
      [['draw'], "tcplab: missing required argument 'FILE'\n(tcplab draw --help shows how it is called)\n"],
      [
        ['demo', 'now'],
        "tcplab: too many arguments for 'demo'. Expected 0 arguments but got 1.\n(tcplab demo --help shows how it is called)\n",
      ],
      [
        ['--verison'],
        "tcplab: unknown option '--verison'\n(Did you mean --version?)\n(tcplab --help shows what there is)\n",
      ],
      // What tshark would do, and what does it here.
      [['read', 'x.pcap', '-2', '-R', 'tcp'], `tcplab: ${TWO_PASSES}\n`],
      [
        ['read', 'x.pcap', '-R', 'tcp'],
        "tcplab: -R is for the first of two passes; tcplab reads a capture once: use -Y 'tcp'\n",
      ],
      [
        ['read', 'x.pcap', '-q', '-z', 'flow,tcp,network'],
        "tcplab: -z asks for tshark's statistics, which are commands here: tcplab draw FILE draws the conversations\n",
      ],
      [
        ['sniff', '-o', 'tcp.check_checksum:TRUE'],
        'tcplab: -o tcp.check_checksum:TRUE sets a preference of tshark: --checksums verifies those of IPv4, TCP and UDP, and nothing else is set so\n',
      ],
      [['listen', 'http'], 'tcplab: a port is a whole number from 1 to 65535, not "http"\n'],
      [['connect', 'localhost', '70000'], 'tcplab: a port is a whole number from 1 to 65535, not "70000"\n'],
    ];
    const ended = await Promise.all(cases.map(([args]) => run(args, {}, 2)));
    for (const [i, [, said]] of cases.entries()) {
      expect(ended[i]!.err).toBe(said);
      expect(ended[i]!.out).toBe('');
    }
  },
  TEST_LIMIT,
);

test(
  '--version is the package’s, and npm run tcplab is the command line',
  async () => {
    const { version } = JSON.parse((await start('cat', ['package.json'], { cwd: ROOT }).end()).out);
    const [direct, npm] = await Promise.all([
      run(['--version']),
      start('npm', ['run', '-s', 'tcplab', '--', '--version'], { cwd: ROOT }).end(),
    ]);
    expect(direct.out).toBe(`tcplab ${version}\n`);
    expect(npm.out).toBe(direct.out);
  },
  TEST_LIMIT,
);
