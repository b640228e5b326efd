// Copies the packets of a capture that are to or from port 7456, with all that was found with them: npx tsx examples/cut.ts FROM TO
import { copyCapture, openCapture } from '../src/node/index.ts';
import { makePacket } from '../src/see/capture/index.ts';
import { Dissector } from '../src/see/dissect/index.ts';
import { compileFilter } from '../src/see/filter/index.ts';

const [from = 'all.pcapng', to = 'some.pcapng'] = process.argv.slice(2);
const file = openCapture(from);
const copy = copyCapture(to);
const source = copy.from(file.reader); // before anything is read
const wanted = compileFilter('tcp.port == 7456');
const dissector = new Dissector();
const packet = makePacket();
for await (const reader of file) {
  while (reader.next(packet)) if (wanted.test(dissector.dissect(packet))) source.write(packet);
}
copy.close();
console.log(`${copy.packets} of ${file.reader.packets} packets are copied.`);
if (file.reader.problem !== undefined) console.error(file.reader.problem.message);
