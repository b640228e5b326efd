/**
 * Options that people know from tshark and that tcplab does not have: each is answered with what does here what it does there. They are not in the help. Not here: those that tcplab takes as
 * tshark does (views/index.ts and the commands).
 */
import { type Command, Option } from 'commander';
import { UsageError } from './failure.ts';

/** What tshark asks statistics for, and where tcplab tells it. */
const STATISTICS: readonly (readonly [what: RegExp, instead: string])[] = [
  [/^flow,/, 'tcplab draw FILE draws the conversations'],
  [
    /^follow,/,
    "tcplab read FILE -Y 'tcp.stream == 0' --fields ip.src,tcp.srcport,tcp.payload prints what the ends of a connection say",
  ],
  [
    /^expert/,
    'tcplab read FILE --fields frame.number,_ws.expert.severity,_ws.expert.message tells what is worth knowing',
  ],
  [/^io,(?:stat|phs)|^ptype,/, 'tcplab info FILE counts packets and octets, with times and rates'],
  [
    /^(?:conv|endpoints|hosts)/,
    'tcplab explain FILE tells the conversations one by one, tcplab info FILE counts what is there',
  ],
];

const statisticsInstead = (what: string): string =>
  STATISTICS.find(([asked]) => asked.test(what))?.[1] ??
  'tcplab info FILE counts what a capture has, tcplab explain FILE tells its conversations, tcplab draw FILE draws them';

/** Preferences of tshark that are options of tcplab. */
const PREFERENCES: readonly (readonly [name: RegExp, instead: string])[] = [
  [/^(?:ip|tcp|udp)\.check_checksum:/i, '--checksums verifies those of IPv4, TCP and UDP'],
  [/^gui\.column\.format:/, '--columns chooses the columns of the list'],
  [/^(?:data\.show_as_text|gui\.)/, 'tcplab read --help shows how frames can be shown'],
];

const preferenceInstead = (setting: string): string => {
  const instead = PREFERENCES.find(([name]) => name.test(setting))?.[1];
  return instead === undefined
    ? 'tcplab takes every protocol apart in one way, as tshark does by default, and has no such settings'
    : `${instead}, and nothing else is set so`;
};

const ONCE = 'tcplab reads a capture once';

/** Each option, its value as it is written in the help of others, and what is answered. */
const UNKNOWN: readonly (readonly [flags: string, answer: (value: string) => string])[] = [
  [
    '-2, --two-pass',
    () =>
      `-2 reads a capture twice; ${ONCE}, and the later frame tells which it answers or completes: icmp.resp_to, dns.response_to, http.request_in, tcp.segment`,
  ],
  ['-R, --read-filter <FILTER>', (filter) => `-R is for the first of two passes; ${ONCE}: use -Y '${filter}'`],
  [
    '-z, --statistics <WHAT>',
    (what) => `-z asks for tshark's statistics, which are commands here: ${statisticsInstead(what)}`,
  ],
  [
    '-o, --preference <NAME:VALUE>',
    (setting) => `-o ${setting} sets a preference of tshark: ${preferenceInstead(setting)}`,
  ],
  [
    '-d, --decode-as <RULE>',
    (rule) =>
      `-d ${rule} has ports taken for a protocol's: tcplab goes by the ports that are registered, and by what messages begin with`,
  ],
  [
    '-O, --only-protocols <LIST>',
    (list) => `-O ${list} shows the lines of some protocols: tcplab shows those of all with -V`,
  ],
  [
    '-N, --resolve <FLAGS>',
    () => '-N looks up names: tcplab shows addresses and ports as numbers, so that reading sends nothing',
  ],
  [
    '-F, --file-type <TYPE>',
    (type) => `-F ${type} names the kind of file: here the name behind -w tells it, .pcap or .pcapng`,
  ],
  ['-C, --profile <NAME>', () => '-C names a profile of settings: tcplab has none'],
];

/** Adds them. */
export function refuseTsharkOptions(command: Command): void {
  for (const [flags, answer] of UNKNOWN) {
    const option = new Option(flags).hideHelp();
    command.addOption(option);
    command.on(`option:${option.name()}`, (value?: string) => {
      throw new UsageError(answer(value ?? ''));
    });
  }
}
