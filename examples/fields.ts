// The sender and the sequence number of the packets to and from port 7456 in a capture: npx tsx examples/fields.ts FILE
import { readFrames } from '../src/node/index.ts';
import { fieldTexts, findField } from '../src/see/dissect/index.ts';

const [source, sequence] = [findField('ip.src')!, findField('tcp.seq')!];
await readFrames(process.argv[2] ?? 'mine.pcapng', 'tcp.port == 7456', (frame) => {
  console.log(fieldTexts(source, frame).join(), fieldTexts(sequence, frame).join());
});
