"""The kernel's end of bench/tun.ts: prints bits a second.

python3 tun.py send|receive HOST PORT SECONDS
"""

import socket
import sys
import time

what, host = sys.argv[1], sys.argv[2]
memory = bytearray(1 << 20)
count = 0

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
