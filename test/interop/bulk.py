"""Sends ROUNDS pieces of a mebibyte to HOST PORT, then receives as many, and prints the SHA-256 of those: python3 bulk.py HOST PORT ROUNDS."""

import array
import hashlib
import socket
import sys

host, port, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
piece = array.array("I", ((i * 2654435761) & 0xFFFFFFFF for i in range(1 << 18))).tobytes()
sck = socket.create_connection((host, port))
for _ in range(rounds):
    sck.sendall(piece)
digest = hashlib.sha256()
memory = bytearray(1 << 20)
view = memoryview(memory)
while True:
    count = sck.recv_into(memory)
    if count == 0:
        break
    digest.update(view[:count])
sck.close()
print(digest.hexdigest())
