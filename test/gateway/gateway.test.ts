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

const it = needs({ ...NAMESPACE, tools: [...NAMESPACE.tools, 'python3', 'nc', 'tshark', 'nsenter', 'ss'] });

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

/** Another network namespace with a kernel of its own, 10.8.0.1 and fd08::1, behind v0; `there` runs a program in it. */
const ANOTHER_KERNEL = `
unshare --net sleep 1000 & B=$!
for i in $(seq 1 100); do [ "$(readlink /proc/$B/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.02; done
there() { nsenter --target $B --net "$@"; }
ip link add v0 type veth peer name v1; ip link set v1 netns $B; ip link set v0 up
there ip link set v1 up; there ip address add 10.8.0.1/24 dev v1; there ip address add fd08::1/64 dev v1 nodad
head -c 8000000 /dev/urandom > $F/in
# Octets by TCP there, and others back: from here ($1: nothing) or from there, to the address $2.
cross() {
  local from=$1 at=there; [ -n "$1" ] && at=
  listens() { for i in $(seq 1 200); do $at ss -tlnH sport = 9000 | grep -q . && return; sleep 0.02; done; }
  $at nc -l -N $2 9000 > $F/up < /dev/null & local N=$!
  listens; $from nc -N $2 9000 < $F/in; wait $N
  $at nc -l -N $2 9000 < $F/in & N=$!
  listens; $from nc -d $2 9000 > $F/down; wait $N
  cmp $F/in $F/up && cmp $F/in $F/down && echo "same $2"
}
`;

for (const offload of ['', '--no-offload'])
  it(`between two kernels, ${offload || 'offload'}: large segments pass, or are cut; IPv4 and IPv6`, async () => {
    const out = await run(`${ANOTHER_KERNEL}
there ip route add default via 10.8.0.2; there ip -6 route add default via fd08::2
$T gateway tun:tun0=10.9.0.2/24,fd09::2/64 interface:v0=10.8.0.2/24,fd08::2/64 ${offload} --capture $F/gw.pcapng > $F/gw 2>&1 & G=$!
wait_for 'Ctrl-C ends it' $F/gw
cross '' 10.8.0.1; cross '' fd08::1; cross there 10.9.0.1; cross there fd09::1
kill -INT $G; wait $G; echo gateway $?
for name in tun0 v0; do
  tshark -r $F/gw.pcapng -Y "frame.interface_name == $name && frame.len > 9000" 2>/dev/null | wc -l | sed "s/^0$/none large on $name/"
done
tshark -r $F/gw.pcapng -o tcp.check_checksum:FALSE -d tcp.port==1-65535,data -Y '_ws.malformed || ip.checksum.status == Bad' 2>/dev/null | head -5
`);
    const same = ['10.8.0.1', 'fd08::1', '10.9.0.1', 'fd09::1'].map((each) => `same ${each}`);
    const last = out.trimEnd().split('\n');
    expect(last.slice(0, 5)).toEqual([...same, 'gateway 0']);
    // What comes from the other end of the veth pair is as large as that sends it. A busy machine may lose some of it in the packet socket: all octets arrive nonetheless.
    if (offload === '') expect(last.slice(5).every((each) => /^\d+$/.test(each))).toBe(true);
    else expect(last[5]).toBe('none large on tun0');
    expect(last).toHaveLength(7);
  }, 100_000);

it('translation between two kernels: large segments, long datagrams, errors about them', async () => {
  const out = await run(`${ANOTHER_KERNEL}
$T gateway tun:tun0=10.9.0.2/24 interface:v0=10.8.0.2/24 --nat v0 > $F/gw 2>&1 & G=$!
wait_for 'Ctrl-C ends it' $F/gw
cross '' 10.8.0.1
# In fragments, which have to be put together; replies too.
ping -c 1 -W 5 -s 4000 10.8.0.1 | grep -c '4008 bytes from 10.8.0.1'
# Nobody listens: the error is about the datagram that we sent, not about what became of it.
python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(20); s.connect(('10.8.0.1', 999)); s.send(b'x')
try: s.recv(1)
except OSError as e: print(e.strerror)"
kill -INT $G; wait $G; echo gateway $?
`);
  expect(out).toContain('same 10.8.0.1\n1\nConnection refused\ngateway 0');
}, 100_000);

it('through sudo: the rights are dropped, and the cable and the capture are of the user who called it, who joins it without any', async () => {
  const out = await run(`
chmod 711 $F; mkdir -m 1777 $F/tmp; export TMPDIR=$F/tmp; unset XDG_RUNTIME_DIR TCPLAB_CABLE
NOBODY='setpriv --reuid 65534 --regid 65534 --clear-groups'
SUDO_USER=nobody $T gateway cable=10.7.0.1/24 tun:tun0=10.9.0.2/24 --capture $F/tmp/gw.pcapng > $F/gw 2>&1 & G=$!
wait_for 'Ctrl-C ends it' $F/gw
grep -h '^Uid\\|^CapEff' /proc/$G/status
$NOBODY $T listen 80 --address 10.7.0.2/24 --gateway 10.7.0.1 < /dev/null > $F/out 2> $F/l & L=$!
wait_for 'Listening' $F/l
echo hello | nc -N 10.7.0.2 80; wait $L; cat $F/out
kill -INT $G; wait $G; echo gateway $?
stat -c %u $F/tmp/gw.pcapng
`);
  expect(out.replaceAll('\t', ' ')).toBe(
    'Uid: 65534 65534 65534 65534\nCapEff: 0000000000000000\nhello\ngateway 0\n65534\n',
  );
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
