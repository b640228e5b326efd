// An echo server in one loop, as programs with `poll` have it: run it with `npx tsx examples/poll.ts`, then several `npm run -s tcplab -- connect localhost 7456`.
import { AF_INET, POLLIN, poll, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket } from '../src/node/index.ts';

const server = socket(AF_INET, SOCK_STREAM);
server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
await server.bind(['localhost', 7456]);
await server.listen();
console.log('Everybody on 7456 is answered');

const sockets = [server];
for (;;) {
  const ready = await poll(sockets.map((each) => ({ socket: each, events: POLLIN })));
  for (const each of sockets.filter((_, i) => ready[i] !== 0)) {
    if (each === server) {
      const [connection, [host]] = await server.accept();
      console.log(`Somebody comes from ${host}`);
      sockets.push(connection);
      continue;
    }
    // The end of the stream, or of the connection: nothing more comes either way.
    const octets = await each.recv(65_536).catch(() => undefined);
    if (octets !== undefined && octets.length > 0) await each.sendall(octets);
    else {
      const { tcpi_data_segs_in, tcpi_data_segs_out } = each.info();
      console.log(`Somebody goes: segments in ${tcpi_data_segs_in}, out ${tcpi_data_segs_out}`);
      sockets.splice(sockets.indexOf(each), 1);
      await each.close();
    }
  }
}
