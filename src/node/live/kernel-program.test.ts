/** The kernel takes the programs of capture filters, and decides by them as they do here. */
import { expect, test } from 'vitest';
import { CAPTURE_FILTERS } from '../../../test/bpf-expressions.ts';
import { Listener, withCapture } from '../../../test/live-traffic.ts';
import { needs } from '../../../test/needs.ts';
import { LINKTYPE } from '../../see/capture/packet.ts';
import { compileSocketFilter } from '../../see/filter/bpf/index.ts';
import { FilterError } from '../../see/filter/filter-error.ts';
import { type Ffi, loadFfi } from '../ffi.ts';
import { openPacketRing } from './packet-ring.ts';
import { PacketSocket } from './packet-socket.ts';

const ffi: Ffi | undefined = await loadFfi().catch(() => undefined);
const withSocket: ReturnType<typeof needs> =
  ffi === undefined ? (name) => test.skip(`${name} (needs koffi)`, () => {}) : needs({ root: true });

withSocket('every program can be attached to a socket, with link headers and without', () => {
  let attached = 0;
  for (const cooked of [false, true]) {
    const linkType = cooked ? LINKTYPE.LINUX_SLL2 : LINKTYPE.ETHERNET;
    const socket = new PacketSocket(ffi!, cooked);
    try {
      for (const expression of CAPTURE_FILTERS) {
        try {
          socket.attach(compileSocketFilter(expression, linkType, cooked).program);
          attached++;
        } catch (error) {
          if (!(error instanceof FilterError)) throw new Error(`${expression}, cooked ${cooked}`, { cause: error });
        }
      }
    } finally {
      socket.close();
    }
  }
  // Many ask for what only IEEE 802.11 has.
  expect(attached).toBeGreaterThan(1_000);
});

withSocket('what it lets through is what was asked for', async () => {
  for (const name of ['lo', 'any']) {
    const other = openPacketRing(ffi!, name, {});
    await withCapture(other, async (talker) => {
      const text = `udp and dst host 127.0.0.1 and dst port ${talker.port} and greater 60`;
      const capture = openPacketRing(ffi!, name, {
        program: (linkType, cooked) => compileSocketFilter(text, linkType, cooked).program,
      });
      await withCapture(capture, async (stranger) => {
        const listener = new Listener(talker.port, name === 'any' ? 20 : 14);
        capture.start(listener.events());
        await stranger.say('not this, whose port is another');
        await talker.say('short');
        await talker.say('this one has enough octets');
        await listener.last('this one has enough octets');
        expect(listener.heard.map(({ payload }) => payload)).toEqual(['this one has enough octets']);
      });
    });
  }
});
