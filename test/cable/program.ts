/**
 * A program on a cable, for tests: takes commands as lines of JSON on standard input and tells what happens as lines on standard output.
 * `{"claim":[protocol,port]}`, `{"send":"hexadecimal frame"}`, `{"statistics":true}`, `{"end":true}`; run with the cable's path and `member` or `watcher`.
 */
import { createInterface } from 'node:readline';
import { openCable } from '../../src/node/cable/port.ts';
import { watchCable } from '../../src/node/cable/watch.ts';
import { FramePool } from '../../src/wire/frame.ts';
import { describe, pooled } from './frames.ts';

const [path, role] = process.argv.slice(2);
const say = (text: string): void => console.log(text);

if (role === 'watcher') {
  const watch = await watchCable(
    {
      frame: (bytes, at, length) => say(describe(bytes, at, length)),
      dropped: (count) => say(`dropped ${count}`),
      interrupted: () => say('interrupted'),
    },
    { path, hub: { settleTime: 300 } },
  );
  say('joined');
  process.stdin.once('data', () => {
    watch.close();
    process.stdin.destroy();
  });
} else {
  const cable = await openCable({ path, hub: { settleTime: 300 }, onLost: (error) => say(error.message) });
  const pool = new FramePool(4, 65_549);
  cable.port.onArrival = () => {
    setImmediate(() => {
      for (let frame = cable.port.receive(0); frame !== undefined; frame = cable.port.receive(0)) {
        say(describe(frame.bytes, frame.start, frame.length));
        frame.pool.release(frame);
      }
    });
  };
  say('joined');
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as { claim?: [number, number]; send?: string; statistics?: true; end?: true };
    if (command.claim !== undefined) {
      await cable.claim(...command.claim).then(
        () => say('granted'),
        (error: Error & { code: string }) => say(error.code),
      );
    }
    if (command.send !== undefined) cable.port.send(pooled(pool, Buffer.from(command.send, 'hex')), 0);
    if (command.statistics) say(JSON.stringify(cable.statistics()));
    if (command.end) break;
  }
  process.stdin.destroy();
}
