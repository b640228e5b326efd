// The client of a TCP connection: run it with `npx tsx examples/client.ts` while examples/server.ts listens.
import { AF_INET, bytes, SOCK_STREAM, socket } from '../src/node/index.ts';

const sck = socket(AF_INET, SOCK_STREAM);

// the three-way handshake: SYN, SYN-ACK, ACK
await sck.connect(['localhost', 7456]);

console.log('Sending data...');
await sck.sendall(bytes('Hola server, are you bored?'));

// whatever the server answers, nobody waits for it: FIN
sck.close();
