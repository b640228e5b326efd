import { expect, test } from 'vitest';
import { compileFilter } from './index.ts';

test.each([
  ['', 'Packets: all of them.'],
  ['tcp', 'Packets where there is a header of Transmission Control Protocol (tcp).'],
  ['not arp', 'Packets where there is no header of Address Resolution Protocol (arp).'],
  ['tcp.port == 7456', 'Packets where any Source or Destination Port (tcp.port) is 7456.'],
  ['tcp.port != 7456', 'Packets where no Source or Destination Port (tcp.port) is 7456.'],
  ['tcp.port ~= 7456', 'Packets where any Source or Destination Port (tcp.port) is not 7456.'],
  ['all tcp.port > 1023', 'Packets where every Source or Destination Port (tcp.port) is greater than 1023.'],
  ['tcp.len != 0', 'Packets where the TCP Segment Len (tcp.len) is not 0.'],
  ['tcp.flags.syn == 1', 'Packets where the flag Syn (tcp.flags.syn) is set.'],
  ['tcp.flags.syn != 1', 'Packets where the flag Syn (tcp.flags.syn) is not set.'],
  ['tcp.flags.syn', 'Packets where there is a field Syn (tcp.flags.syn), whatever its value.'],
  ['tcp.flags & 0x02', 'Packets where Flags (tcp.flags) and 0x02 have a bit in common.'],
  ['ip.src == 10.0.0.0/8', 'Packets where the Source Address (ip.src) is in the network 10.0.0.0/8.'],
  [
    'tcp.port in {80, 8000..8099}',
    'Packets where any Source or Destination Port (tcp.port) is one of 80, 8000 to 8099.',
  ],
  [
    'udp.port in {1,2,3,4,5,6,7,8,9,10}',
    'Packets where any Source or Destination Port (udp.port) is one of 1, 2, 3, 4, 5, 6, 7, 8 or 2 more.',
  ],
  ['tcp.payload[0:5] == "Hello"', 'Packets where the slice 0 to 4 of TCP payload (tcp.payload) is "Hello".'],
  [
    'tcp.payload matches "^get"',
    'Packets where the TCP payload (tcp.payload) matches the pattern "^get" in upper or lower case.',
  ],
  [
    'tcp.len > 0 and (tcp.flags.fin == 1 or not tcp.payload contains "x")',
    'Packets where the TCP Segment Len (tcp.len) is greater than 0 and (the flag Fin (tcp.flags.fin) is set or it is not true that the TCP payload (tcp.payload) contains "x").',
  ],
  [
    'tcp xor udp',
    'Packets where exactly one is true: (there is a header of Transmission Control Protocol (tcp)), (there is a header of User Datagram Protocol (udp)).',
  ],
  [
    'max(tcp.port) < 1024',
    'Packets where the max(Source or Destination Port (tcp.port)), the largest of all values, is less than 1024.',
  ],
  ['ip.src#2 == 10.0.0.1', 'Packets where the Source Address (ip.src of layer 2) is 10.0.0.1.'],
])('%s', (expression, sentence) => {
  expect(compileFilter(expression).sentence).toBe(sentence);
});
