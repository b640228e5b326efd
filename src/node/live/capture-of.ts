/** Captures what something done meanwhile puts on an interface. */
import type { Packet } from '../../see/capture/packet.ts';
import { openLive } from './capture.ts';

/**
 * Captures on `name` from before `act` begins until it is done and all its packets are in.
 * @param onPacket is handed each packet, valid during the call
 * @throws TcplabError as `openLive`; what `act` throws
 */
export async function captureOf(
  name: string,
  onPacket: (packet: Packet) => void,
  act: () => Promise<void>,
): Promise<void> {
  const capture = await openLive(name);
  let problem: Error | undefined;
  capture.start({
    packet: onPacket,
    end: (why) => {
      problem = why;
    },
  });
  try {
    await act();
  } finally {
    await capture.finish();
  }
  if (problem !== undefined) throw problem;
}
