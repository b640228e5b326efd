/** `tcplab read`, as a person uses it: values as tshark's, the views, filters, pipes, and what it says of files that are none or damaged. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { writeCapture } from '../../src/node/capture-file.ts';
import { LINKTYPE } from '../../src/see/capture/index.ts';
import * as ipv4 from '../../src/wire/ipv4.ts';
import { SYN } from '../../src/wire/tcp.ts';
import { needs, SHARED } from '../needs.ts';
import { host, tcpSegment, Wire } from '../packets.ts';
import {
  freshFolder,
  listLines,
  NAMESPACE_TOOLS,
  networkNamespace,
  type Program,
  ROOT,
  run,
  script,
  start,
  TEST_LIMIT,
  tcplab,
} from './program.ts';

const GOLDEN = join(ROOT, 'test/golden');
const LO = join(GOLDEN, 'captures/lo.pcapng');
const golden = (name: string): string => readFileSync(join(GOLDEN, 'dissect', name), 'utf8');

/** What people rely on, as Wireshark names it. */
const FIELDS = [
  ...[
    'frame.number',
    'ip.src',
    'ip.dst',
    'tcp.srcport',
    'tcp.dstport',
    'tcp.stream',
    'tcp.seq',
    'tcp.ack',
    'tcp.flags',
  ],
  ...['tcp.window_size_value', 'tcp.window_size', 'tcp.len', 'tcp.options.mss_val', 'tcp.options.wscale.shift'],
  ...['tcp.options.timestamp.tsval', 'tcp.options.timestamp.tsecr', 'udp.srcport', 'udp.dstport'],
];

describe('--fields', () => {
  for (const [folder, files, frames] of [
    ['own', 27, 4_000],
    ['synthetic', 51, 280],
  ] as const) {
    needs({ shared: true })(
      `every value of every frame of the ${folder} captures is tshark’s`,
      async () => {
        const names = readdirSync(`${SHARED}/captures/${folder}`);
        const paths = names.map((name) => `${SHARED}/captures/${folder}/${name}`);
        const all = await script('test/e2e/read-fields.ts', [FIELDS.join(','), ...paths]).end();
        const tables = all.out.split(`${FIELDS.join('\t')}\n`).slice(1);
        expect(tables).toHaveLength(names.length);
        expect(names.length).toBeGreaterThanOrEqual(files);
        let compared = 0;
        for (const [i, name] of names.entries()) {
          const truth = gunzipSync(readFileSync(`${SHARED}/captures/${folder}-truth/${name}.tsv.gz`)).toString();
          const [head = '', ...rows] = truth.trimEnd().split('\n');
          const columns = head.split('\t');
          const places = FIELDS.map((field) => columns.indexOf(field));
          const wanted = rows.map((row) => {
            const cells = row.split('\t');
            return places.map((place) => cells[place]).join('\t');
          });
          expect(tables[i]!.split('\n').slice(0, -1), name).toEqual(wanted);
          compared += rows.length;
        }
        expect(compared).toBeGreaterThan(frames);
      },
      TEST_LIMIT,
    );
  }

  needs({ tools: ['tshark'] })(
    'prints what tshark -T fields prints: several values of a field, and frames that have none',
    async () => {
      const names = [
        'frame.number',
        'ip.addr',
        'tcp.options.sack_le',
        'tcp.option_kind',
        'udp.port',
        'icmp.type',
        'tcp.flags.syn',
      ];
      const files = ['kernel__simultaneous-open.pcap', 'kernel__udp-frag-unreach.pcap'].map((name) =>
        join(GOLDEN, 'captures', name),
      );
      await Promise.all(
        files.map(async (file) => {
          const fields = names.flatMap((name) => ['-e', name]);
          const [ours, theirs] = await Promise.all([
            run(['read', file, '--fields', names.join(',')]),
            start('tshark', ['-n', '-r', file, '-T', 'fields', '-E', 'header=y', ...fields]).end(),
          ]);
          expect(ours.lines).toEqual(theirs.lines);
          expect(ours.out).toMatch(/\d,\d/);
          expect(ours.out).toContain('\t\t');
        }),
      );
    },
    TEST_LIMIT,
  );

  needs({ tools: ['tshark'] })(
    'the list’s columns are fields of tshark’s names, with the time that -t says, and columns under these names',
    async () => {
      const columns = ['No.', 'Time', 'Source', 'Destination', 'Protocol', 'Length', 'Info'];
      const fields = ['frame.number', ...columns.map((name) => `_ws.col.${name}`), 'tcp.len'];
      const asked = ['-T', 'fields', '-E', 'header=y', '-E', 'quote=d', ...fields.flatMap((field) => ['-e', field])];
      const env = { TZ: 'Asia/Kolkata' };
      for (const file of [LO, join(GOLDEN, 'made/icmp-types.pcap'), join(GOLDEN, 'captures/filter-mixture.pcap')]) {
        for (const time of ['r', 'ad']) {
          const args = ['-r', file, '-t', time, ...asked];
          const [ours, theirs] = await Promise.all([
            run(['read', file, ...args.slice(2)], { env }),
            start('tshark', ['-n', ...args], { env }).end(),
          ]);
          expect(ours.lines).toEqual(theirs.lines);
        }
      }
      const [named, usual, lower] = await Promise.all([
        run(['read', LO, '--columns', '_ws.col.No.,_ws.col.Source,_ws.col.Info']),
        run(['read', LO, '--columns', 'number,source,info']),
        run(['read', LO, '--fields', '_ws.col.number,_ws.col.info', '-E', 'header=n']),
      ]);
      expect(named.out).toBe(usual.out);
      expect(lower.lines[0]).toMatch(/^1\t\d+ → 7456 \[SYN\]/);
    },
    TEST_LIMIT,
  );
});

/** The lines of a detail tree without those of Wireshark's judgement, and what hangs under them. */
function facts(text: string): string[] {
  const kept: string[] = [];
  let cut = Number.POSITIVE_INFINITY;
  for (const line of text.trimEnd().split('\n')) {
    const depth = line.search(/\S|$/);
    if (depth > cut && line !== '') continue;
    cut = /\[Expert|ompleteness/.test(line) ? depth : Number.POSITIVE_INFINITY;
    if (cut === Number.POSITIVE_INFINITY) kept.push(line);
  }
  return kept;
}

needs({ tools: ['tshark', 'editcap'] })(
  'comments on packets are fields, stand before the frame as tshark -V shows them, and command no terminal',
  async () => {
    const folder = freshFolder();
    const [some, more] = [join(folder, 'some.pcapng'), join(folder, 'more.pcapng')];
    const several = ['-a', '3:zwei äö', '-a', '4:one\nanother\ttab'];
    expect((await start('editcap', ['-a', '1:a comment', ...several, LO, some]).end()).err).toBe('');
    await start('editcap', ['-a', '1:second', '-a', '2:x\u001b[31m', some, more]).end();
    const names = ['frame.number', 'frame.comment', '_ws.expert', '_ws.expert.severity', '_ws.expert.group'];
    const asked = ['-Y', 'frame.number != 2', '-T', 'fields', ...names.flatMap((name) => ['-e', name])];
    const [ours, theirs, tree, theirTree, chosen, json] = await Promise.all([
      run(['read', more, ...asked]),
      start('tshark', ['-n', '-r', more, ...asked]).end(),
      run(['read', more, '-V', '-c', '3']),
      start('tshark', ['-n', '-V', '-O', 'pkt_comment,frame,eth,ip,tcp', '-r', some, '-c', '3'], {
        env: { TZ: 'UTC' },
      }).end(),
      run([
        'read',
        more,
        '--columns',
        'number,frame.comment',
        '-Y',
        'frame.comment == "second" or frame.comment ~ "r\ttab"',
      ]),
      run(['read', more, '--json', '-Y', 'frame.comment']),
    ]);
    expect(ours.lines).toEqual(theirs.lines);
    expect(ours.lines[0]).toContain('a comment,second');
    expect(facts(tree.out).filter((line) => !/^ {4}(second|x\\x1b\[31m)$/.test(line))).toEqual(
      facts(theirTree.out.replace('\n\nFrame 2', '\n\nPacket comments\nFrame 2')),
    );
    expect(tree.lines.slice(0, 3)).toEqual(['Packet comments', '    a comment', '    second']);
    expect(tree.lines).toContain('    x\\x1b[31m');
    expect(chosen.lines).toEqual(['    1 a comment,second', '    4 one\\nanother\\ttab']);
    expect(json.lines.map((line) => JSON.parse(line).layers.frame['frame.comment'])).toEqual([
      ['a comment', 'second'],
      'x\u001b[31m',
      'zwei äö',
      'one\nanother\ttab',
    ]);
  },
  TEST_LIMIT,
);

describe('the views', () => {
  needs({ tools: ['tshark'] })(
    '--details is tshark -V -O frame,eth,ip,tcp,udp,icmp,arp,data line by line, without its judgements; the list is tshark -n',
    async () => {
      const [tree, list, ours, short, ourList] = await Promise.all([
        start('tshark', ['-n', '-V', '-O', 'frame,eth,ip,tcp,udp,icmp,arp,data', '-r', LO], {
          env: { TZ: 'UTC' },
        }).end(),
        start('tshark', ['-n', '-r', LO]).end(),
        run(['read', LO, '--details']),
        // Behind the command it is not the program's version.
        run(['read', LO, '-V']),
        run(['read', LO]),
      ]);
      expect(short.out).toBe(ours.out);
      expect(facts(ours.out)).toEqual(facts(tree.out));
      expect(ours.lines.length).toBeGreaterThan(600);
      expect(ourList.out).toBe(list.out);
    },
    TEST_LIMIT,
  );

  needs({ tools: ['tshark'] })(
    'an absolute time without a zone is local time, in a filter as in tshark',
    async () => {
      const expressions = ['frame.time >= "2026-11-22 20:47:38"', 'frame.time < "Nov 22, 2026 20:47:37.171"'];
      const seen = await Promise.all(
        ['UTC', 'Europe/Madrid', 'America/St_Johns'].flatMap((TZ) =>
          expressions.map(async (expression) => {
            const env = { TZ };
            const [ours, theirs] = await Promise.all([
              run(['read', LO, '-Y', expression, '--fields', 'frame.number'], { env }),
              start('tshark', ['-n', '-r', LO, '-Y', expression, '-T', 'fields', '-e', 'frame.number'], { env }).end(),
            ]);
            expect(ours.lines.filter((line) => line !== 'frame.number')).toEqual(theirs.lines);
            return theirs.lines.join(' ');
          }),
        ),
      );
      expect(new Set(seen).size).toBeGreaterThan(2);
    },
    TEST_LIMIT,
  );

  test(
    'the list, --details, --hex, --json and -c are what the golden files say',
    async () => {
      const [list, details, hex, json] = await Promise.all([
        run(['read', LO]),
        run(['read', LO, '--details']),
        run(['read', LO, '--hex', '-c', '1']),
        run(['read', LO, '--json', '-c', '3']),
      ]);
      expect(list.out).toBe(golden('lo-list.txt'));
      expect(details.out.trimEnd()).toBe(golden('lo-details.txt').trimEnd());
      expect(hex.out).toBe(`${golden('lo-list.txt').split('\n')[0]}\n\n${golden('lo-hex.txt')}`);
      const frames = json.lines.map((line) => JSON.parse(line));
      expect(frames.map((frame) => frame.layers.tcp['tcp.flags.str'])).toEqual([
        '··········S·',
        '·······A··S·',
        '·······A····',
      ]);
      expect(frames[0]).toMatchObject({ number: 1, time: '1795376857.167300129' });
    },
    TEST_LIMIT,
  );

  test(
    '-Y chooses frames and -w writes them: a capture with those frames as they were',
    async () => {
      const cwd = freshFolder();
      const filter = ['-Y', 'tcp.flags.fin == 1 or tcp.len > 0'];
      const chosen = await run(['read', LO, ...filter]);
      expect(listLines(chosen.out).map((line) => line.split(' ')[0])).toEqual(['4', '6', '7']);
      const octets = 'frame.time_epoch,tcp.seq_raw,tcp.payload';
      const [from, ...copies] = await Promise.all([
        run(['read', LO, ...filter, '--fields', octets]),
        ...['copy.pcap', 'copy.pcapng', '-'].map(async (name) => {
          const writing = await run(['read', LO, ...filter, '-w', name], { cwd });
          if (name !== '-') expect(writing.out).toBe('');
          const what = name === '-' ? { input: writing.octets } : {};
          return run(['read', name, '--fields', octets], { cwd, ...what });
        }),
      ]);
      for (const copy of copies) expect(copy.out).toBe(from.out);
    },
    TEST_LIMIT,
  );

  test(
    'colour is for terminals, unless FORCE_COLOR asks for it; NO_COLOR and a dumb terminal go without',
    async () => {
      const draw = (env: Record<string, string>): Promise<Program> => run(['draw', LO, '--stream', '1'], { env });
      const [plain, forced, refused, dumb] = await Promise.all([
        draw({}),
        draw({ FORCE_COLOR: '1' }),
        draw({ FORCE_COLOR: '1', NO_COLOR: '1' }),
        draw({ TERM: 'dumb' }),
      ]);
      const ESCAPE = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
      expect(plain.out).not.toMatch(ESCAPE);
      expect(forced.out).toMatch(ESCAPE);
      expect(forced.out.replace(ESCAPE, '')).toBe(plain.out);
      for (const { out } of [refused, dumb]) expect(out).toBe(plain.out);
    },
    TEST_LIMIT,
  );
});

describe('pipes', () => {
  test(
    'packets are shown as they come, whole ones only',
    async () => {
      const octets = readFileSync(LO);
      const reader = tcplab(['read', '-'], { input: 'open' });
      // Anywhere in the middle of the file is in the middle of a packet.
      reader.type(octets.subarray(0, 700));
      await reader.until(/^ +3 .*\n/m);
      expect(reader.lines.length).toBeLessThan(9);
      const before = reader.lines.length;
      reader.type(octets.subarray(700, 1000));
      await reader.until(new RegExp(`^ +${before + 1} .*\\n`, 'm'));
      reader.type(octets.subarray(1000));
      reader.endInput();
      await reader.end();
      expect(reader.out).toBe(golden('lo-list.txt'));
    },
    TEST_LIMIT,
  );

  needs({ root: true, tools: [...NAMESPACE_TOOLS, 'tcpdump', 'python3'] })(
    'tcpdump -w - | tcplab read - shows packets while both run',
    async () => {
      const namespace = await networkNamespace();
      const tcpdump = start('tcpdump', ['-i', 'lo', '--immediate-mode', '-U', '-w', '-'], { namespace });
      const reader = tcplab(['read', '-', '-c', '4'], { input: 'open' });
      tcpdump.process.stdout.pipe(reader.process.stdin);
      await tcpdump.until('listening on lo');
      const ask = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"?", ("127.0.0.1", 4))';
      await start('python3', ['-c', ask], { namespace }).end();
      await reader.until('Destination unreachable (Port unreachable)');
      expect(listLines(reader.out)[0]).toMatch(/^1 127\.0\.0\.1 → 127\.0\.0\.1 UDP 43 \d+ → 4 Len=1$/);
      await start('python3', ['-c', ask], { namespace }).end();
      await reader.end();
      expect(reader.lines).toHaveLength(4);
    },
    TEST_LIMIT,
  );

  needs({ tools: ['bash'] })(
    'a reader that goes away ends it quietly',
    async () => {
      const tcplab = `"${process.execPath}" "${join(ROOT, 'tools/run.mjs')}" "${join(ROOT, 'src/cli/main.ts')}"`;
      const large = join(GOLDEN, 'captures/kernel__half-close.pcap');
      await Promise.all(
        [`read "${large}" --details --hex`, `explain "${large}"`, '--help', 'read --help'].map(async (command) => {
          const shell = start('bash', ['-c', `set -o pipefail; ${tcplab} ${command} | head -1`]);
          await shell.end();
          expect(shell.lines).toHaveLength(1);
          expect(shell.err).toBe('');
        }),
      );
    },
    TEST_LIMIT,
  );
});

describe('what cannot be read', () => {
  test(
    'a file that is cut short: every whole packet, then one message, exit code 2',
    async () => {
      const cwd = freshFolder();
      const octets = readFileSync(LO);
      const list = golden('lo-list.txt').split('\n');
      await Promise.all(
        [octets.length - 1, 1000, 500].map(async (length) => {
          const name = `cut-${length}.pcapng`;
          writeFileSync(join(cwd, name), octets.subarray(0, length));
          const read = await run(['read', name], { cwd }, 2);
          expect(read.lines).toEqual(list.slice(0, read.lines.length));
          expect(read.lines.length).toBeGreaterThan(length === 500 ? 0 : 2);
          expect(read.err).toMatch(
            new RegExp(
              `^tcplab: ${name}: the file ends in the middle of .*packet ${read.lines.length + 1}, at offset \\d+: .*\\n$`,
            ),
          );
        }),
      );
      const piped = await run(['read', '-'], { input: octets.subarray(0, 1000) }, 2);
      expect(piped.err).toMatch(/^tcplab: standard input: the file ends in the middle of .*packet \d, /);
    },
    TEST_LIMIT,
  );

  test(
    'a wrong call and what is no capture: a message that says what is right, no stack trace',
    async () => {
      const cwd = freshFolder();
      writeFileSync(join(cwd, 'notes.txt'), 'Dear diary, today I saw a SYN.\n');
      writeFileSync(join(cwd, 'empty.pcap'), '');
      copyFileSync(LO, join(cwd, 'own.pcapng'));
      const cases: readonly [args: string[], code: number, message: string | RegExp][] = [
        [['missing.pcap'], 1, /^cannot read "missing\.pcap": ENOENT, there is no such file or directory/],
        [['.'], 1, 'cannot read ".": EISDIR, it is a directory: name a file in it'],
        [['notes.txt'], 2, /^notes\.txt: the file is neither pcap, pcapng nor snoop: it begins with /],
        [['empty.pcap'], 2, /^empty\.pcap: the file is empty/],
        [[LO, '-Y', 'tcp.prt == 7456'], 2, /Did you mean tcp\.port\?\n {4}tcp\.prt == 7456\n {4}\^~~~~~~$/],
        [[LO, '-Y', 'tcp.port == '], 2, /^.+\n {4}tcp\.port == \n {4} +\^$/],
        [[LO, '-Y', 'ip.addr == 300.0.0.1'], 2, /\n {4}ip\.addr == 300\.0\.0\.1\n {15}\^~+$/],
        [[LO, '--fields', 'tcp.sequ'], 2, /^there is no field "tcp\.sequ"; did you mean tcp\.seq\? /],
        [[LO, '--fields', '_ws.col.Inf'], 2, /^there is no column "_ws\.col\.Inf"; did you mean info\? /],
        [[LO, '--columns', '_ws.col.Inf'], 2, /^there is no column "_ws\.col\.Inf"; did you mean info\? /],
        [[LO, '--fields', 'ssl.foo'], 2, /^there is no field "ssl\.foo"\. Of TLS its records and hellos are read: /],
        [
          [LO, '--fields', 'bootp.ip.clien'],
          2,
          /^there is no field "bootp\.ip\.clien"; did you mean dhcp\.ip\.client\? /,
        ],
        // What is wrong is found before anything is printed.
        [['missing.pcap', '-T', 'json'], 1, /^cannot read "missing\.pcap": /],
        [[LO, '-T', 'json', '-Y', 'tcp.prt == 7456'], 2, /Did you mean tcp\.port\?/],
        [['missing.pcap', '--fields', 'ip.src'], 1, /^cannot read "missing\.pcap": /],
        [[LO, '-T', 'json', '-e', '_ws.col.Inf'], 2, /^there is no column "_ws\.col\.Inf"; did you mean info\? /],
        [[LO, '--fields', 'ip.src', '-t', 'noon'], 2, /^-t takes relative .+, not "noon"$/],
        [[LO, '--json', '--details'], 2, '--json and --details do not go together: choose one'],
        [[LO, '--json', '--hex'], 2, '--hex goes with the list or with --details, not with --json'],
        // What every object has is in none of the tables.
        [[LO, '-t', 'constructor'], 2, /^-t takes relative .+, not "constructor"$/],
        [[LO, '--columns', 'constructor'], 2, /^there is no column "constructor"\. Columns are number, /],
        [
          [LO, '-T', 'fields', '-e', 'ip.src', '-E', 'occurrence=constructor'],
          2,
          /^-E takes .+, not "occurrence=constructor"$/,
        ],
        [[LO, '-T', 'fields', '-e', 'ip.src', '-E', 'quote=constructor'], 2, /^-E takes .+, not "quote=constructor"$/],
        [[LO, '-c', 'ten'], 2, /^-c is a whole number of 1 or more, not "ten"$/],
        [['own.pcapng', '-w', 'own.pcapng'], 1, /^cannot write "own\.pcapng": it is the file that is being read/],
      ];
      const ended = await Promise.all(cases.map(([args, code]) => run(['read', ...args], { cwd }, code)));
      for (const [i, [args, , message]] of cases.entries()) {
        const said = ended[i]!.err.trimEnd().replace('tcplab: ', '');
        expect(said, args.join(' ')).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
        expect(ended[i]!.out).toBe('');
      }
      expect(readFileSync(join(cwd, 'own.pcapng')).equals(readFileSync(LO))).toBe(true);
    },
    TEST_LIMIT,
  );

  test(
    'what had no room is said at the end, and an interface’s name commands no terminal',
    async () => {
      const file = join(freshFolder(), 'many.pcapng');
      const writer = writeCapture(file, {
        interfaces: [{ linkType: LINKTYPE.ETHERNET, name: 'x\u001b[31m\nFrame 9' }],
      });
      const wire = new Wire();
      const send = (protocol: number, octets: number[], values: { id?: number; fragment?: number } = {}): void =>
        writer.write(wire.frame(host(1), host(2), protocol, octets, values));
      // The first of several fragments, of more datagrams than are kept, and one conversation.
      for (let id = 1; id <= 66; id++) send(17, new Array<number>(16).fill(0), { id, fragment: ipv4.MORE_FRAGMENTS });
      send(6, tcpSegment([1000, 80], SYN));
      writer.close();
      const said = /^left out: 2 datagrams in fragments given up .*\n$/;
      const [read, draw, explain] = await Promise.all([
        run(['read', file, '--details', '-c', '67']),
        run(['draw', file]),
        run(['explain', file]),
      ]);
      for (const { err } of [read, draw, explain]) expect(err).toMatch(said);
      expect(read.out).toContain(' on interface x\\x1b[31m\\nFrame 9, id 0\n');
      expect((await run(['read', file, '-c', '1'])).err).toBe('');
    },
    TEST_LIMIT,
  );

  test(
    'draw and explain: no such conversation, nothing that passes, a picture’s name that says no format',
    async () => {
      const cases: readonly [args: string[], code: number, message: RegExp][] = [
        [['explain', LO, '--stream', '9'], 2, /there is no tcp\.stream 9 in .*: it has 2, numbered from 0$/],
        [
          ['draw', LO, '-Y', 'tcp.port == 1'],
          2,
          /none of the 2 TCP conversations in .* passes the filter tcp\.port == 1$/,
        ],
        [
          ['draw', LO, '-o', 'x.png'],
          2,
          /-o writes a picture \(name\.svg\) or text \(name\.txt\), and x\.png ends in neither$/,
        ],
        [['draw', LO, '-o', '/dev/null/x.svg'], 1, /^tcplab: cannot write "\/dev\/null\/x\.svg": /],
        [['draw', LO, '--width', '20'], 2, /--width is a whole number from 60 to 400, not "20"$/],
        [
          ['explain', join(GOLDEN, 'captures/kernel__udp-frag-unreach.pcap')],
          2,
          /there is no TCP conversation in .* \(11 frames\); tcplab read shows what there is$/,
        ],
      ];
      const ended = await Promise.all(cases.map(([args, code]) => run(args, {}, code)));
      for (const [i, [, , message]] of cases.entries()) {
        expect(ended[i]!.err.trimEnd()).toMatch(message);
        expect(ended[i]!.err.trimEnd().split('\n')).toHaveLength(1);
      }
    },
    TEST_LIMIT,
  );
});

const ASKED = [
  ...['ip.addr', 'tcp.flags', 'tcp.options.mss_val', 'frame.time', 'tcp.payload'],
  ...['_ws.col.Time', '_ws.col.Source', '_ws.col.Info'],
];

describe('what those type who come from tshark', () => {
  needs({ tools: ['tshark'] })(
    '-T json is one array; with -e it is tshark’s, value for value, and times are local',
    async () => {
      const asked = ['-T', 'json', ...ASKED.flatMap((name) => ['-e', name])];
      const env = { TZ: 'Europe/Berlin' };
      const [ours, theirs, all] = await Promise.all([
        tcplab(['read', LO, ...asked], { env }).end(),
        start('tshark', ['-n', '-r', LO, ...asked], { env }).end(),
        run(['read', LO, '-T', 'json', '-c', '2']),
      ]);
      expect(JSON.parse(ours.out)).toEqual(JSON.parse(theirs.out));
      expect(ours.out).toContain('20:47:37.167300129 CET');
      const [first, second, ...others] = JSON.parse(all.out);
      expect(others).toEqual([]);
      expect(first._source.layers.tcp).toMatchObject({ 'tcp.srcport': '34348', 'tcp.flags': '0x0002' });
      expect(second._source.layers.ip['ip.addr']).toEqual(['127.0.0.1', '127.0.0.1']);
    },
    TEST_LIMIT,
  );

  test(
    'old names of fields are read as the new ones, as in filters',
    async () => {
      const [old, today] = await Promise.all(
        ['bootp.ip.client', 'dhcp.ip.client'].map((name) =>
          run(['read', join(GOLDEN, 'captures/filter-mixture.pcap'), '-T', 'fields', '-e', name, '-e', 'ip.src']),
        ),
      );
      expect(old!.out).toBe(today!.out);
    },
    TEST_LIMIT,
  );

  test(
    '-r names the capture, -n changes nothing, -q shows nothing',
    async () => {
      const [named, plain, quiet, none, two] = await Promise.all([
        run(['read', '-n', '-r', LO, '-c', '2']),
        run(['read', LO, '-c', '2']),
        run(['read', '-q', LO]),
        run(['read'], {}, 2),
        run(['read', '-r', LO, LO], {}, 2),
      ]);
      expect(named.out).toBe(plain.out);
      expect(quiet.out).toBe('');
      expect(none.err).toContain('name the capture that is to be read');
      expect(two.err).toContain('there is room for one');
    },
    TEST_LIMIT,
  );

  test(
    'columns that are chosen stand under one another',
    async () => {
      const { lines } = await run(['read', LO, '--columns', 'number,tcp.flags,protocol,length,ip.src,info', '-c', '4']);
      const columns = lines.map((line) => [line.indexOf('0x'), line.indexOf('TCP'), line.indexOf('127.0.0.1')]);
      expect(new Set(columns.map(String)).size).toBe(1);
    },
    TEST_LIMIT,
  );
});
