/** `getsockname` and `getpeername` of scripts: what the script writes of an address is compared with the socket's own. */
import { type IpAddress, parseAddress, sameAddress } from '../../wire/ip-address.ts';
import type { Arguments } from './arguments.ts';
import type { Desk } from './desk.ts';
import type { CallResult } from './stage.ts';

/** The address that a text names, which may be IPv4 within IPv6. */
export function unmapped(host: string): IpAddress {
  const address = parseAddress(host);
  return typeof address === 'number' ? address : (address.mapped ?? address);
}

/** `getsockname(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.168.0.1")}, [16])`. */
export function addressCall(values: Arguments, desk: Desk, call: 'getsockname' | 'getpeername'): CallResult {
  const [host, port] = desk.entry(values.number(0, -1)).socket[call]();
  const [wantedHost, wantedPort] = values.address(1, host, port);
  const same = wantedPort === port && sameAddress(unmapped(wantedHost), unmapped(host));
  return { value: 0, errno: undefined, different: same ? undefined : `port ${port} of ${host}` };
}
