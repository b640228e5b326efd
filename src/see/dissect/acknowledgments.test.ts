/** Which frame an ACK acknowledges, what is in flight, and that what is remembered is bounded. */
import { expect, test } from 'vitest';
import { host, tcpSegment, Wire } from '../../../test/packets.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../wire/tcp.ts';
import { type AckFacts, makeAckFacts } from './acknowledgments.ts';
import { Dissector, type DissectorOptions } from './dissector.ts';

class Talk {
  readonly dissector: Dissector;
  readonly #wire = new Wire();

  constructor(options: DissectorOptions = {}) {
    this.dissector = new Dissector(options);
  }

  client(flags: number, seq: number, ack: number, length = 0, options: number[] = []): AckFacts {
    return this.#send(1, 2, [1000, 80], flags, seq, ack, length, options);
  }

  server(flags: number, seq: number, ack: number, length = 0, options: number[] = []): AckFacts {
    return this.#send(2, 1, [80, 1000], flags, seq, ack, length, options);
  }

  /** Frames 1 to 3. */
  handshake(): AckFacts {
    this.client(SYN, 0, 0);
    this.server(SYN | ACK, 0, 1);
    return this.client(ACK, 1, 1);
  }

  #send(
    from: number,
    to: number,
    ports: [number, number],
    flags: number,
    seq: number,
    ack: number,
    length: number,
    options: number[],
  ): AckFacts {
    const segment = tcpSegment(ports, flags, { seq, ack, options, data: new Array<number>(length).fill(0) });
    return { ...this.dissector.dissect(this.#wire.frame(host(from), host(to), 6, segment)).acks };
  }
}

test('an ACK names the frame it acknowledges and the time since; the handshake gives the initial round-trip time', () => {
  const talk = new Talk();
  expect(talk.client(SYN, 0, 0)).toMatchObject({ acksFrame: 0, initialRtt: -1 });
  expect(talk.server(SYN | ACK, 0, 1)).toMatchObject({ acksFrame: 1, ackRtt: 1_000_000, initialRtt: -1 });
  expect(talk.client(ACK, 1, 1)).toMatchObject({ acksFrame: 2, ackRtt: 1_000_000, initialRtt: 2_000_000 });
  talk.client(PSH | ACK, 1, 1, 10);
  talk.client(PSH | ACK, 11, 1, 10);
  expect(talk.server(ACK, 1, 21)).toMatchObject({ acksFrame: 5 });
  expect(talk.server(ACK, 1, 21)).toMatchObject({ acksFrame: 0 });
});

test('of a segment that was sent twice the first is acknowledged', () => {
  const talk = new Talk();
  talk.handshake();
  talk.client(ACK, 1, 1, 10);
  talk.client(ACK, 1, 1, 10);
  expect(talk.server(ACK, 1, 11)).toMatchObject({ acksFrame: 4, ackRtt: 2_000_000 });
});

test('octets in flight: from the first not acknowledged to the last sent, less what was selectively acknowledged', () => {
  const talk = new Talk();
  talk.handshake();
  expect(talk.client(ACK, 1, 1, 100).bytesInFlight).toBe(100);
  expect(talk.client(ACK, 101, 1, 100).bytesInFlight).toBe(200);
  talk.server(ACK, 1, 51);
  expect(talk.client(ACK, 201, 1, 100).bytesInFlight).toBe(250);
  talk.server(ACK, 1, 51, 0, [1, 1, 5, 10, 0, 0, 0, 101, 0, 0, 0, 201]);
  expect(talk.client(ACK, 301, 1, 100).bytesInFlight).toBe(250);
  expect(talk.client(FIN | ACK, 401, 1, 100).bytesInFlight).toBe(350);
});

test('behind a segment that was not captured nothing is known until the next ACK', () => {
  const talk = new Talk();
  talk.handshake();
  expect(talk.client(ACK, 101, 1, 100)).toMatchObject({ bytesInFlight: 0, pushBytesSent: 0 });
  talk.server(ACK, 1, 201);
  expect(talk.client(ACK, 201, 1, 100)).toMatchObject({ bytesInFlight: 100, pushBytesSent: 100 });
});

test('octets since the last PSH', () => {
  const talk = new Talk();
  talk.handshake();
  expect(talk.client(ACK, 1, 1, 10).pushBytesSent).toBe(10);
  expect(talk.client(PSH | ACK, 11, 1, 10).pushBytesSent).toBe(20);
  expect(talk.client(ACK, 21, 1, 10).pushBytesSent).toBe(10);
});

test('what is remembered is bounded: the oldest are forgotten and counted', () => {
  const talk = new Talk({ unacknowledged: 4 });
  talk.handshake();
  for (let i = 0; i < 8; i++) talk.client(ACK, 1 + 10 * i, 1, 10);
  expect(talk.dissector.acknowledgments.forgotten).toBe(4);
  expect(talk.server(ACK, 1, 41).acksFrame).toBe(0);
  expect(talk.server(ACK, 1, 61).acksFrame).toBe(9);
  const none = new Talk({ unacknowledged: 0 });
  expect(none.handshake()).toMatchObject({ acksFrame: 0, initialRtt: -1 });
});

test('after a repetition a segment costs no more than before: the work grows with the segments, not with their square', () => {
  const talk = new Talk();
  talk.handshake();
  for (let i = 0; i < 2_000; i++) {
    expect(talk.client(ACK, 1 + 10 * i, 1, 10).bytesInFlight).toBe(10 * i + 10);
    if (i === 10) expect(talk.client(ACK, 51, 1, 10).bytesInFlight).toBe(110);
  }
  // Each ACK drops one segment and looks at no other but that which came again.
  for (let i = 1; i <= 2_000; i++) expect(talk.server(ACK, 1, 1 + 10 * i).acksFrame).toBe(i <= 11 ? 3 + i : 4 + i);
  expect(talk.dissector.acknowledgments.looks).toBeLessThan(3 * 2_000);
});

test('of the segments out of order a direction keeps so many, the newest', () => {
  const talk = new Talk({ disordered: 2 });
  talk.handshake();
  talk.client(ACK, 1001, 1, 10);
  for (const seq of [1, 11, 21, 31]) talk.client(ACK, seq, 1, 10);
  expect(talk.dissector.acknowledgments.forgotten).toBe(2);
  expect(talk.server(ACK, 1, 21).acksFrame).toBe(0);
  expect(talk.server(ACK, 1, 31).acksFrame).toBe(7);
  expect(talk.client(ACK, 1011, 1, 10).bytesInFlight).toBe(1020 - 30);
});

test('of a segment that came first as part of a later order the first frame is meant', () => {
  const talk = new Talk();
  talk.handshake();
  talk.client(ACK, 1, 1, 100);
  talk.client(ACK, 51, 1, 100);
  talk.client(ACK, 101, 1, 50);
  expect(talk.server(ACK, 1, 151)).toMatchObject({ acksFrame: 5, ackRtt: 2_000_000 });
});

test('a header that was cut off says nothing, and what it acknowledges is acknowledged', () => {
  const wire = new Wire();
  const dissector = new Dissector();
  const send = (from: number, flags: number, seq: number, ack: number, kept: number): AckFacts => {
    const ports: [number, number] = from === 1 ? [1000, 80] : [80, 1000];
    const segment = tcpSegment(ports, flags, { seq, ack, options: [8, 10, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1] });
    const packet = wire.frame(host(from), host(3 - from), 6, segment);
    return { ...dissector.dissect({ ...packet, capturedLength: packet.capturedLength - kept }).acks };
  };
  send(1, SYN, 0, 0, 0);
  expect(send(2, SYN | ACK, 0, 1, 4)).toEqual(makeAckFacts());
  expect(send(1, ACK, 1, 1, 0)).toMatchObject({ acksFrame: 2, initialRtt: 2_000_000 });
});

test('a block that only tells of a duplicate counts as octets that arrived; where nothing is left in flight nothing is said', () => {
  const talk = new Talk();
  talk.handshake();
  const duplicate = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 11];
  talk.client(ACK, 1, 1, 100);
  talk.server(ACK, 1, 101, 0, duplicate);
  expect(talk.client(ACK, 101, 1, 30)).toMatchObject({ bytesInFlight: 20, pushBytesSent: 130 });
  talk.server(ACK, 1, 131, 0, duplicate);
  expect(talk.client(ACK, 131, 1, 10)).toMatchObject({ bytesInFlight: 0, pushBytesSent: 0 });
});

test('a segment of which nothing is said has no initial round-trip time', () => {
  const talk = new Talk();
  talk.handshake();
  expect(talk.client(ACK, 1, 1, 100).initialRtt).toBe(2_000_000);
  expect(talk.server(ACK, 1, 51).initialRtt).toBe(-1);
  expect(talk.server(ACK, 1, 51).initialRtt).toBe(2_000_000);
  expect(talk.server(ACK, 1, 101).initialRtt).toBe(2_000_000);
  expect(talk.client(FIN | ACK, 101, 1).initialRtt).toBe(-1);
  expect(talk.server(ACK, 1, 102).initialRtt).toBe(2_000_000);
  expect(talk.server(RST, 1, 0).initialRtt).toBe(-1);
});
