"""The kernel's end of bench/tun.ts: prints bits a second (send, receive) or the median of a round trip in microseconds (ping).

python3 tun.py send|receive HOST PORT SECONDS
python3 tun.py ping HOST COUNT
"""

import socket
import struct
import sys
import time

what, host = sys.argv[1], sys.argv[2]
memory = bytearray(1 << 20)
count = 0

if what == "ping":
    sck = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sck.settimeout(2)
    took = []
    for i in range(int(sys.argv[3])):
        packet = struct.pack(">BBHHH", 8, 0, 0, 77, i) + b"x" * 56
        total = sum(struct.unpack(">32H", packet))
        total = (total >> 16) + (total & 0xFFFF)
        total = ~((total >> 16) + total) & 0xFFFF
        packet = packet[:2] + struct.pack(">H", total) + packet[4:]
        start = time.perf_counter()
        sck.sendto(packet, (host, 0))
        sck.recv(200)
        took.append(time.perf_counter() - start)
        time.sleep(0.002)
    print(sorted(took)[len(took) // 2] * 1e6)
    sys.exit()

port, seconds = int(sys.argv[3]), float(sys.argv[4])
sck = socket.create_connection((host, port))
start = time.perf_counter()
if what == "send":
    while time.perf_counter() - start < seconds:
        sck.sendall(memory)
        count += len(memory)
else:
    while True:
        got = sck.recv_into(memory)
        if got == 0:
            break
        count += got
sck.close()
print(8 * count / (time.perf_counter() - start))
