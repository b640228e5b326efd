import { expect, test } from 'vitest';
import { wrap } from './measure.ts';

const wrapped = (text: string, columns: number): string[] => wrap(text, (line) => line.length <= columns);

test('words stay whole where a line has room for them, and break where none has', () => {
  expect(wrapped('the server may send that many octets', 12)).toEqual([
    'the server',
    'may send',
    'that many',
    'octets',
  ]);
  expect(wrapped('an abcdefghijkl z', 5)).toEqual(['an', 'abcde', 'fghij', 'kl z']);
});

test('a port is not torn from its address, nor in two; nor is a group of an address', () => {
  expect(wrapped('[2001:618:400::5199:cc70]:35997', 29)).toEqual(['[2001:618:400::5199:cc70]:', '35997']);
  expect(wrapped('The client, [2001:db8:aaaa:bbbb::ffff]:50123, asks', 20)).toEqual([
    'The client,',
    '[2001:db8:aaaa:',
    'bbbb::ffff]:50123,',
    'asks',
  ]);
});

test('a colon at the front leaves something to break behind it', () => {
  expect(wrapped(':abcdefgh', 4)).toEqual([':abc', 'defg', 'h']);
  expect(wrapped('a', 0)).toEqual(['a']);
});
