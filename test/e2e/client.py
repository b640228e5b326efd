"""The client of a textbook's TCP connection, on this machine's own TCP: python3 client.py PORT."""

import socket
import sys

sck = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sck.connect(("localhost", int(sys.argv[1])))
print("Sending data...", flush=True)
sck.sendall(b"Hola server, are you bored?")
sck.close()
