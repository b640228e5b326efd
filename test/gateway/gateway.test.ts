/** `tcplab gateway` and `tcplab ping` in a namespace of their own: the machine's kernel and programs on the cable reach one another, by passing on and by translation, in both versions of IP. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { NAMESPACE, namespaced } from '../namespace.ts';
import { needs } from '../needs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What every script begins with: a folder of its own, the command, and a wait for a line in a file. */
const PRELUDE = `
set -u
cd '${root}'
F=$(mktemp -d); trap 'rm -rf "$F"' EXIT
C=$F/cable
T='${process.execPath} tools/run.mjs src/cli/main.ts'
wait_for() { for i in $(seq 1 600); do grep -q "$1" "$2" 2>/dev/null && return; sleep 0.05; done; echo "never came: $1"; cat "$2"; exit 9; }
ip link set lo up
`;

/** Runs a script in a namespace; answers what it printed. */
async function run(script: string): Promise<string> {
  const [program, ...args] = namespaced(['bash', '-c', PRELUDE + script]);
  const { stdout } = await promisify(execFile)(program!, args, { encoding: 'utf8', timeout: 90_000 });
  return stdout;
}

const it = needs({ ...NAMESPACE, tools: [...NAMESPACE.tools, 'python3', 'nc', 'tshark'] });

it('passing on: from the kernel to a listener on the cable and back, IPv4 and IPv6; nothing is left, and tshark has no complaint', async () => {
  const out = await run(`
$T gateway cable:$C=10.7.0.1/24,fd07::1/64 tun:tun0=10.9.0.2/24,fd09::2/64 --capture $F/gw.pcapng > $F/gw 2>&1 & G=$!
wait_for 'Ctrl-C ends it' $F/gw
$T listen 80 --cable $C --address 10.7.0.2/24,fd07::2/64 --gateway 10.7.0.1,fd07::1 -k < /dev/null > $F/l 2>&1 & L=$!
wait_for 'Listening' $F/l
head -c 300000 /dev/zero | tr '\\0' x > $F/in
nc -N 10.7.0.2 80 < $F/in; nc -N fd07::2 80 < $F/in
wait_for 'Connection from .fd09::1.' $F/l
sleep 0.3; kill -INT $L; wait $L
echo octets $(tr -cd x < $F/l | wc -c)
python3 -m http.server 8000 --bind :: > /dev/null 2>&1 & P=$!
for i in $(seq 1 100); do nc -z ::1 8000 && break; sleep 0.05; done
for to in 10.9.0.1 fd09::1; do
  printf 'GET / HTTP/1.0\\r\\n\\r\\n' | $T connect $to 8000 --cable $C --address 10.7.0.3/24,fd07::3/64 --gateway 10.7.0.1,fd07::1 2>/dev/null | head -1
  $T ping $to -c 2 -i 0.1 -s 1000 --cable $C --address 10.7.0.3/24,fd07::3/64 --gateway 10.7.0.1,fd07::1 | grep -c 'ttl=63'
done
kill $P; kill -INT $G; wait $G; echo gateway $?
ip link show tun0 2>&1
C1='-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o icmpv6.check_checksum:TRUE'
tshark -r $F/gw.pcapng $C1 -Y '_ws.malformed || ip.checksum.status == Bad || tcp.checksum.status == Bad || icmpv6.checksum.status == Bad' 2>/dev/null | head -5
`);
  // Of what the two sent, and the letter in "Connection" and the like is none of them.
  expect(out).toContain('octets 600000');
  expect(out.match(/HTTP\/1\.0 200 OK/g)?.length).toBe(2);
  expect(out.match(/^2$/gm)?.length).toBe(2);
  expect(out).toContain('gateway 0');
  expect(out.trimEnd().split('\n').at(-1)).toContain('does not exist');
}, 100_000);

it('translation: the kernel sees the gateway, which the programs on the cable speak by; ping on the cable and refusals', async () => {
  const out = await run(`
$T gateway cable:$C=10.7.0.1/24 tun:tun0=10.9.0.2/24 --nat tun0 > $F/gw 2>&1 & G=$!
wait_for 'Ctrl-C ends it' $F/gw
echo routes $(ip route | grep -c 10.7.0.0)
python3 -u -m http.server 8000 > $F/py 2>&1 & P=$!
wait_for 'Serving' $F/py
printf 'GET / HTTP/1.0\\r\\n\\r\\n' | $T connect 10.9.0.1 8000 --cable $C --address 10.7.0.3/24 --gateway 10.7.0.1 2>/dev/null | head -1 | tr -d '\\r'
$T ping 10.9.0.1 -c 2 -i 0.1 --cable $C --address 10.7.0.4/24 --gateway 10.7.0.1 | grep -c ttl=63
grep -o '^10.9.0.2' $F/py
kill $P; kill -INT $G; wait $G
$T ping localhost -c 2 -i 0.1 --cable $F/other | grep -c icmp_seq
$T ping 192.0.2.9 -c 1 --cable $C 2>&1; echo code $?
$T gateway cable=10.7.0.1/24 2>&1; echo code $?
$T gateway cable=10.7.0.1/24 tun:tun0=10.9.0.2/24 --nat tun7 2>&1; echo code $?
setpriv --reuid 65534 --regid 65534 --clear-groups $T gateway tun:tun0=10.9.0.2/24 tap:tap0=10.8.0.2/24 2>&1; echo code $?
`);
  expect(out).toContain('routes 0\nHTTP/1.0 200 OK\n2\n10.9.0.2\n2\n');
  expect(out).toContain('ping 192.0.2.9: ENETUNREACH');
  expect(out).toContain('a gateway joins two links or more');
  expect(out).toContain('--nat names one of the links, cable or tun0, not "tun7"');
  expect(out.match(/^code \d/gm)).toEqual(['code 1', 'code 2', 'code 2', 'code 1']);
}, 100_000);
