/** Every field tcplab knows, in the order of Wireshark's tree. */
import type { Field } from '../field.ts';
import { DHCP_FIELDS } from './dhcp.ts';
import { DNS_FIELDS } from './dns.ts';
import { EXPERT_FIELDS } from './expert.ts';
import { FRAME_FIELDS } from './frame.ts';
import { HTTP_FIELDS } from './http.ts';
import { ICMP_FIELDS } from './icmp.ts';
import { ICMPV6_FIELDS } from './icmpv6.ts';
import { IPV4_OPTION_FIELDS } from './ipv4-options.ts';
import { IPV6_FIELDS } from './ipv6.ts';
import { LINE_FIELDS } from './line.ts';
import { ETHERNET_FIELDS, LOOPBACK_FIELDS, SLL_FIELDS } from './link.ts';
import { MULTIPATH_FIELDS } from './multipath.ts';
import { ARP_FIELDS, IPV4_FIELDS } from './network.ts';
import { TCP_FIELDS } from './tcp.ts';
import { TCP_EVENT_FIELDS } from './tcp-events.ts';
import { TCP_MESSAGE_FIELDS } from './tcp-messages.ts';
import { TCP_OPTION_FIELDS } from './tcp-options.ts';
import { TLS_FIELDS } from './tls.ts';
import { DATA_FIELDS, UDP_FIELDS } from './transport.ts';
import {
  GRE_FIELDS,
  LLC_FIELDS,
  MPLS_FIELDS,
  NFLOG_FIELDS,
  OVERLAY_FIELDS,
  PPP_FIELDS,
  VLAN_FIELDS,
} from './tunnel.ts';
import { WLAN_FIELDS } from './wlan.ts';

/** All fields. */
export const FIELDS: readonly Field[] = [
  ...FRAME_FIELDS,
  ...ETHERNET_FIELDS,
  ...LOOPBACK_FIELDS,
  ...SLL_FIELDS,
  ...NFLOG_FIELDS,
  ...WLAN_FIELDS,
  ...LLC_FIELDS,
  ...VLAN_FIELDS,
  ...PPP_FIELDS,
  ...LINE_FIELDS,
  ...MPLS_FIELDS,
  ...GRE_FIELDS,
  ...OVERLAY_FIELDS,
  ...ARP_FIELDS,
  ...IPV4_FIELDS,
  ...IPV4_OPTION_FIELDS,
  ...IPV6_FIELDS,
  ...ICMP_FIELDS,
  ...ICMPV6_FIELDS,
  ...UDP_FIELDS,
  ...TCP_FIELDS,
  ...TCP_OPTION_FIELDS,
  ...MULTIPATH_FIELDS,
  ...TCP_EVENT_FIELDS,
  ...TCP_MESSAGE_FIELDS,
  ...HTTP_FIELDS,
  ...TLS_FIELDS,
  ...DNS_FIELDS,
  ...DHCP_FIELDS,
  ...DATA_FIELDS,
  ...EXPERT_FIELDS,
];

const BY_NAME: ReadonlyMap<string, Field> = new Map(FIELDS.map((field) => [field.name, field]));

/** The field of a name such as `tcp.srcport`, or undefined. Names are written in lower case. */
export const findField = (name: string): Field | undefined => BY_NAME.get(name);
