/** Two hosts on a cable whose captures are analysed when the test has ended: what the analysis says must be what the connections were. */
import { afterEach } from 'vitest';
import { Audit, auditText } from '../src/lab/audit/index.ts';
import { type Network, type NetworkOptions, network } from './network.ts';

const audits: Audit[] = [];

afterEach(() => {
  for (const audit of audits.splice(0)) {
    const report = audit.finish();
    if (report.differ > 0) throw new Error(`the analysis and the connections disagree:\n${auditText(report)}`);
  }
});

/**
 * Makes two hosts.
 * @param forged whether the test puts segments on the cable that the client has not sent: its capture does not have them, and the server's alone is analysed; default false
 */
export function auditedNetwork(options: NetworkOptions = {}, forged = false): Network {
  const audit = new Audit();
  audits.push(audit);
  if (!forged) return network({ ...options, audit });
  const net = network(options);
  audit.watch(net.server);
  return net;
}
