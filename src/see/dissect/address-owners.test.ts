/** Two that claim one address: how many owners are kept. What tshark says of it is compared in made-captures.test.ts (arp.pcap). */
import { expect, test } from 'vitest';
import { ethernetFrame, packetOf } from '../../../test/packets.ts';
import * as arp from '../../wire/arp.ts';
import { Dissector, fieldTexts, findField } from './index.ts';

const DUPLICATE = findField('arp.duplicate-address-frame')!;

/** A request by the owner `from` of an address. */
function request(number: number, from: number, address: number): ReturnType<typeof packetOf> {
  const message = new Uint8Array(arp.LENGTH);
  const hardware = Uint8Array.of(2, 0, 0, 0, 0, from);
  arp.emit(new DataView(message.buffer), 0, arp.REQUEST, hardware, address, new Uint8Array(6), 1);
  return { ...packetOf(ethernetFrame(0x0806, [...message])), number };
}

test('the oldest of more owners than are kept is forgotten', () => {
  const MOST = 16_384;
  const dissector = new Dissector();
  const claim = (number: number, from: number, address: number): string =>
    fieldTexts(DUPLICATE, dissector.dissect(request(number, from, address))).join();
  for (let i = 1; i <= MOST; i++) expect(claim(i, 1, 1_000 + i)).toBe('');
  expect(claim(MOST + 1, 2, 1_001)).toBe('1');
  expect(claim(MOST + 2, 1, 999)).toBe('');
  expect(claim(MOST + 3, 2, 1_001)).toBe('');
  expect(claim(MOST + 4, 2, 1_003)).toBe('3');
});
