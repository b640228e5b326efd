/** A program that a test runs in a network namespace where nothing is said to 127.0.0.1: both programs of the demo on the kernel's TCP, and over UDP, twice each; prints what came of it as JSON. */
import { execFileSync } from 'node:child_process';
import { TcplabError } from '../../src/core/errors.ts';
import { converse, converseInDatagrams } from '../../src/node/kernel-conversation.ts';

// The address is there to be bound to, as the table of local ones says, which is only not asked for ways.
for (const line of ['link set lo up', 'rule add pref 2 lookup local', 'rule del pref 0', 'rule add pref 1 unreachable'])
  execFileSync('ip', line.split(' '));

const outcomes: string[] = [];
for (const talk of [converse, converse, converseInDatagrams, converseInDatagrams]) {
  const outcome = await talk({ port: 7456, message: 'hello', say: () => {} }).then(
    () => 'said',
    (error) => (error instanceof TcplabError ? error.message : String(error)),
  );
  outcomes.push(outcome);
}
console.log(JSON.stringify(outcomes));
