/** An interface's address by DHCP. A module that can be left out: nothing in the stack asks for it. */
export { DhcpClient, type DhcpOptions, type Lease, requestLease } from './client.ts';
