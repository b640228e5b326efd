// The server of a TCP connection: run it with `npx tsx examples/server.ts`, then examples/client.ts in another terminal.
// It runs on tcplab's own TCP; `npm run -s tcplab -- sniff -i cable` in a third terminal shows every packet.
import { AF_INET, repr, SOCK_STREAM, socket } from '../src/node/index.ts';

// a socket for a stream of octets: TCP
const sck = socket(AF_INET, SOCK_STREAM);

// this is where it can be reached: an address has a host and a port
await sck.bind(['localhost', 7456]);

// from now on a client's SYN is answered; one connection may wait to be accepted
await sck.listen(1);
console.log("Hey you I'm listening on 7456...weird port by the way");

// waits until a handshake is done
const [clientSock, address] = await sck.accept();
for (;;) {
  // up to 1024 octets, as soon as there are any; none when the client has closed
  const msg = await clientSock.recv(1024);
  if (msg.length === 0) break;
  console.log(`FROM: ${repr(address)} MSG: ${repr(msg)}\n`);
}

// good bye: our FIN, and no more connections
clientSock.close();
sck.close();
