/** What the tests of interoperation run in a namespace: a line, and the talks on it, one after the other; what came of each, and the verdict on all of it, are printed as JSON. */
import { type Line, Station } from './station.ts';
import { bulk, curl, iperf3, nc, nodeHttp, pythonClient, pythonServer, ssh } from './talks.ts';

const talks = { bulk, curl, iperf3, nc, nodeHttp, pythonClient, pythonServer, ssh };

const [line, ...named] = process.argv.slice(2).map((text) => JSON.parse(text)) as [
  Line,
  ...[keyof typeof talks, number][],
];
const station = await Station.open(line);
const said: Record<string, unknown> = {};
for (const [name, octets] of named) said[name] = await talks[name](station, octets);
console.log(JSON.stringify({ said, verdict: await station.close() }));
