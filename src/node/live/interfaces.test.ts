import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { needs } from '../../../test/needs.ts';
import { LINKTYPE } from '../../see/capture/packet.ts';
import { framing, LOOPBACK, listInterfaces } from './interfaces.ts';

test('every interface with an address is listed, once, with that address', () => {
  const listed = listInterfaces();
  expect(new Set(listed.map(({ name }) => name)).size).toBe(listed.length);
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    expect(listed.find((one) => one.name === name)?.addresses).toEqual(addresses!.map(({ cidr }) => cidr));
  }
});

const onLinux = needs({ tools: ['ip'] });

onLinux('the loopback interface is what ip says of it', () => {
  expect(listInterfaces().find(({ name }) => name === 'lo')).toMatchObject({
    up: true,
    loopback: true,
    linkType: LINKTYPE.ETHERNET,
    mtu: 65536,
  });
});

test('what a capture begins with follows from the hardware type', () => {
  expect(framing(1)).toEqual({ linkType: LINKTYPE.ETHERNET, cooked: false });
  expect(framing(LOOPBACK)).toEqual({ linkType: LINKTYPE.ETHERNET, cooked: false });
  expect(framing(65534)).toEqual({ linkType: LINKTYPE.RAW, cooked: false });
  expect(framing(512), 'PPP').toEqual({ linkType: LINKTYPE.LINUX_SLL2, cooked: true });
  expect(framing(803), 'monitor mode').toBeUndefined();
});
