// Why each segment is sent: run it with `npx tsx examples/why.ts`. Two hosts on a cable that loses one frame; afterwards the capture, why.pcapng, says it packet by packet.
import { Audit, auditText } from '../src/lab/index.ts';
import { captureTo } from '../src/node/index.ts';
import { AF_INET, Host, impair, mib, pipe, SOCK_STREAM, socket, VirtualDriver } from '../src/speak/index.ts';

const driver = new VirtualDriver({ afterPrograms: (callback) => setImmediate(callback) });
const [left, right] = pipe({ medium: 'ip', delay: 10 });
const client = new Host({ driver, name: 'client' });
const server = new Host({ driver, name: 'server' });
client.plug(impair(left, { random: driver.random, out: { drop: (index) => index === 5 } }), { address: '10.0.0.1/24' });
server.plug(right, { address: '10.0.0.2/24' });

client.trace({
  sent: ({ time, why, before, after }) => {
    const flight = `${before?.flight} -> ${after?.flight} in flight`;
    console.log(`${(time / 1000).toFixed(0).padStart(4)} ms  ${why.padEnd(20)} ${flight}, cwnd ${after?.cwnd}`);
  },
});
const capture = captureTo(client, process.argv[2] ?? 'why.pcapng');
const audit = new Audit();
audit.watch(client);
audit.watch(server);

await driver.run(async () => {
  const listener = socket(server, AF_INET, SOCK_STREAM);
  await listener.bind(['', 7456]);
  await listener.listen(1);
  const calling = socket(client, AF_INET, SOCK_STREAM);
  await calling.connect(['10.0.0.2', 7456]);
  const [connection] = await listener.accept();
  await calling.sendall(new Uint8Array(10_000));
  calling.close();
  while ((await connection.recv(65_536)).length > 0);
  connection.close();
  listener.close();
});
await driver.settle();

capture.close();
const { tcpOutSegs, tcpRetransSegs } = mib(client);
console.log(`\nthe client sent ${tcpOutSegs} segments and ${tcpRetransSegs} again\n`);
console.log(auditText(audit.finish()));
