"""Programs on this machine's own sockets: a list of lists of lines in JSON on standard input, what came of each line on standard output. sockets.test.ts has the lines' language."""

import errno
import json
import select
import socket
import struct
import sys
import time

BITS = {1: "IN", 2: "PRI", 4: "OUT", 8: "ERR", 16: "HUP", 32: "NVAL", 0x2000: "RDHUP"}
STRUCTURES = {"SO_LINGER": "ii", "SO_RCVTIMEO": "ll", "SO_SNDTIMEO": "ll"}


def constant(name):
    return getattr(socket, name)


def fresh():
    made = socket.socket()
    made.setblocking(False)
    return made


def line(sockets, name, verb, *words):
    """What came of a line, as a text."""
    if verb == "socket":
        sockets[name] = fresh()
        return "ok"
    if verb in ("listen", "bound"):
        sockets[name] = fresh()
        sockets[name].bind(("127.0.0.1", 0))
        if verb == "listen":
            sockets[name].listen(int(words[0]))
        return "ok"
    if verb == "connect":
        sockets.setdefault(name, fresh())
        sockets[name].connect(sockets[words[0]].getsockname())
        return "ok"
    if verb == "accept":
        sockets[name] = sockets[words[0]].accept()[0]
        sockets[name].setblocking(False)
        return "ok"
    own = sockets[name]
    if verb == "recv":
        octets = own.recv(int(words[0]), sum(constant(flag) for flag in words[1:]))
        return repr(octets.decode()) if len(octets) < 20 else f"{len(octets)} octets"
    if verb == "send":
        return str(own.send(words[0].encode(), sum(constant(flag) for flag in words[1:])))
    if verb == "fill":
        # Full is what is still full a moment later.
        while True:
            sent = 0
            try:
                while True:
                    sent += own.send(b"x" * 65536)
            except BlockingIOError:
                if sent == 0:
                    raise
            time.sleep(0.2)
    if verb == "drain":
        while own.recv(1 << 20):
            pass
        return "end"
    if verb == "shutdown":
        own.shutdown(int(words[0]))
        return "ok"
    if verb == "close":
        own.close()
        return "ok"
    if verb == "listen-on":
        own.listen(int(words[0]))
        return "ok"
    if verb == "bind":
        own.bind(("127.0.0.1", sockets[words[0]].getsockname()[1] if words else 0))
        return "ok"
    if verb == "poll":
        poller = select.poll()
        poller.register(own, 0x2047)
        bits = dict(poller.poll(0)).get(own.fileno(), 0)
        return "|".join(name for bit, name in BITS.items() if bits & bit) or "0"
    if verb == "peer":
        own.getpeername()
        return "ok"
    if verb == "set":
        shape = STRUCTURES.get(words[1])
        values = [int(word) for word in words[2:]]
        value = struct.pack(shape, *values) if shape else values[0]
        own.setsockopt(constant(words[0]), constant(words[1]), value)
        return "ok"
    if verb == "get":
        shape = STRUCTURES.get(words[1])
        if shape is None:
            return str(own.getsockopt(constant(words[0]), constant(words[1])))
        octets = own.getsockopt(constant(words[0]), constant(words[1]), struct.calcsize(shape))
        return " ".join(str(value) for value in struct.unpack(shape, octets))
    raise ValueError(verb)


def outcome(sockets, words):
    try:
        return line(sockets, *words)
    except OSError as error:
        # Two names of one number.
        return errno.errorcode[error.errno].replace("ENOTSUP", "EOPNOTSUPP")


def play(lines):
    sockets = {}
    outcomes = []
    for words in lines:
        outcomes.append(outcome(sockets, words.split()))
        time.sleep(0.005)
    for left in sockets.values():
        left.close()
    return outcomes


json.dump([play(lines) for lines in json.load(sys.stdin)], sys.stdout)
