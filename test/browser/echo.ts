/** Runs in a page: an echo over two hosts of the stack, with nothing but what a browser has; the page then says how it went, by a POST to where it came from. */
import { Host, pipe, VirtualDriver } from '../../src/speak/index.ts';
import { connect, listen } from '../../src/speak/socket/streams.ts';

const SERVER = '10.0.0.2:7';

/** A browser's way to let every promise reaction run first. */
function afterPrograms(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  const receiver = port1 as unknown as { onmessage: () => void };
  receiver.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(undefined);
}

async function echo(): Promise<string> {
  const driver = new VirtualDriver({ afterPrograms });
  const [left, right] = pipe({ delay: 10 });
  const client = new Host({ driver });
  const server = new Host({ driver });
  client.plug(left, { address: '10.0.0.1/24' });
  server.plug(right, { address: '10.0.0.2/24' });
  return driver.run(async () => {
    const listener = listen(server, SERVER, { byob: true });
    (async () => {
      for await (const { readable, writable } of listener) await readable.pipeTo(writable);
    })();
    const connection = connect(client, SERVER);
    const writer = connection.writable.getWriter();
    for (let i = 0; i < 100; i++) await writer.write(new Uint8Array(10_000).fill(i));
    await writer.close();
    const octets = new Uint8Array(await new Response(connection.readable).arrayBuffer());
    const right = octets.every((octet, at) => octet === Math.floor(at / 10_000));
    await connection.closed;
    const refused = await connect(client, '10.0.0.2:8').opened.catch(({ code }: { code: string }) => code);
    listener.close();
    return `${octets.length} octets, ${right ? 'the right ones' : 'wrong ones'}; ${refused}`;
  });
}

echo()
  .catch((error: Error) => String(error.stack))
  .then((words) => fetch('/result', { method: 'POST', body: words }));
