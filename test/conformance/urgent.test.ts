/** Urgent data (RFC 9293 §3.8.5, RFC 6093): where it ends, who is told, how much is left. One behaviour a test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EVENT, receive, send, sendUrgent, takeEvents } from '../../src/speak/tcp/index.ts';
import * as tcp from '../../src/wire/tcp.ts';
import { text, Wire } from '../tcp-wire.ts';
import { established } from './wire.ts';

/** Two ends whose segments' urgent pointers are noted: -1 for one without. */
function watched(): { wire: Wire; pointers: number[] } {
  const wire = new Wire({ noDelay: true }, { receiveBuffer: 1 << 20 }).handshake();
  const pointers: number[] = [];
  wire.watch = ({ flags, urgent }, from) => {
    if (from === wire.a) pointers.push(flags & tcp.URG ? urgent : -1);
  };
  return { wire, pointers };
}

//= RFC 9293 §3.8.5 MUST-30, MUST-62
test('the pointer names the octet after the urgent data, counted from the segment that carries it; without urgent data there is none', () => {
  const { wire, pointers } = watched();
  send(wire.a, text('before'), 0, 6, 0);
  sendUrgent(wire.a, text('stop!'), 0, 5, 0);
  send(wire.a, text('after'), 0, 5, 0);
  wire.settle();
  expect(pointers).toEqual([11]);
  send(wire.a, text('more'), 0, 4, 0);
  wire.settle();
  expect(pointers).toEqual([11, -1]);
});

//= RFC 9293 §3.8.5 MUST-31
test('urgent data may be longer than a segment, and longer than the pointer reaches', () => {
  const { wire, pointers } = watched();
  const length = 100_000;
  wire.a.congestion.cwnd = 1 << 20;
  sendUrgent(wire.a, new Uint8Array(length), 0, length, 0);
  wire.settle();
  expect(pointers[0]).toBe(0xffff);
  expect(pointers.at(-1)).toBe(length % 1448);
  expect(wire.b.urgent).toBe(length);
});

//= RFC 9293 §3.8.5 MUST-32, MUST-33
test('the program is told of urgent data before its octets are there, told when there is more, and can ask how much is left', () => {
  const { tcb, stage, wire } = established();
  stage.events = 0;
  wire`
    +0 < U. 1:1(0) ack 1 win 10000 urg 100
    +0 > nothing
  `;
  expect(stage.events & EVENT.URGENT).toBe(EVENT.URGENT);
  expect(tcb.urgent).toBe(100);
  stage.events = 0;
  wire`
    +0 < U. 1:51(50) ack 1 win 10000 urg 100
    +0 > . 1:1(0) ack 51
  `;
  expect([stage.events & EVENT.URGENT, tcb.urgent]).toEqual([0, 100]);
  wire`
    +0 < U. 51:101(50) ack 1 win 10000 urg 70
    +0 > . 1:1(0) ack 101
    +0 receive(80) = 80
  `;
  expect([stage.events & EVENT.URGENT, tcb.urgent]).toEqual([EVENT.URGENT, 40]);
  wire`
    +0 < . 101:131(30) ack 1 win 10000
    +0 > . 1:1(0) ack 131
    +0 receive(80) = 50
  `;
  expect(tcb.urgent).toBe(0);
});

//= RFC 9293 §3.8.5 MUST-30: octets stay where they stood
test('urgent octets are read in their place', () => {
  const { wire } = watched();
  send(wire.a, text('one '), 0, 4, 0);
  sendUrgent(wire.a, text('two '), 0, 4, 0);
  send(wire.a, text('three'), 0, 5, 0);
  wire.settle();
  expect(takeEvents(wire.b) & EVENT.URGENT).toBe(EVENT.URGENT);
  const into = new Uint8Array(20);
  expect(new TextDecoder().decode(into.subarray(0, receive(wire.b, into, 0, 20, 0)))).toBe('one two three');
});

//= RFC 9293 §3.8.5 SHLD-13
test('no program of ours sends urgent data', () => {
  const files = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  const programs = ['src/cli', 'examples'].flatMap(files);
  expect(programs.length).toBeGreaterThan(5);
  for (const file of [...programs, 'src/speak/socket/tcp-connection.ts'])
    expect([file, /sendUrgent|MSG_OOB/.test(readFileSync(file, 'utf8'))]).toEqual([file, false]);
});
