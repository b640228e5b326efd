"""The server of a textbook's TCP connection, on this machine's own TCP: python3 server.py PORT [--answer]."""

import socket
import sys

port = int(sys.argv[1])
sck = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
sck.bind(("localhost", port))
sck.listen(1)
print(f"Hey you I'm listening on {port}...weird port by the way", flush=True)
client_sock, address = sck.accept()
while True:
    msg = client_sock.recv(1024)
    if not msg:
        break
    print("FROM:", address, "MSG:", msg, "\n", flush=True)
if "--answer" in sys.argv:
    client_sock.sendall(b"I am never bored.\n")
client_sock.close()
sck.close()
