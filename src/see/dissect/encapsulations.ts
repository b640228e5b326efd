/** How Wireshark calls and numbers the link types that a frame may begin with. */
import { LINKTYPE } from '../capture/packet.ts';

/** Wireshark's names and numbers of link types. */
export const ENCAPSULATIONS: ReadonlyMap<number, readonly [name: string, number: number]> = new Map([
  [LINKTYPE.NULL, ['NULL/Loopback', 15]],
  [LINKTYPE.ETHERNET, ['Ethernet', 1]],
  [LINKTYPE.PPP, ['PPP', 4]],
  [LINKTYPE.PPP_HDLC, ['PPP', 4]],
  [LINKTYPE.RAW_BSD, ['Raw IP', 7]],
  [LINKTYPE.RAW_OPENBSD, ['Raw IP', 7]],
  [LINKTYPE.RAW, ['Raw IP', 7]],
  [LINKTYPE.C_HDLC, ['Cisco HDLC', 28]],
  [LINKTYPE.IEEE802_11, ['IEEE 802.11 Wireless LAN', 20]],
  [LINKTYPE.LOOP, ['OpenBSD loopback', 174]],
  [LINKTYPE.LINUX_SLL, ['Linux cooked-mode capture v1', 25]],
  [LINKTYPE.IEEE802_11_RADIOTAP, ['IEEE 802.11 plus radiotap radio header', 23]],
  [LINKTYPE.IPV4, ['Raw IPv4', 129]],
  [LINKTYPE.IPV6, ['Raw IPv6', 130]],
  [LINKTYPE.NFLOG, ['NFLOG', 141]],
  [LINKTYPE.LINUX_SLL2, ['Linux cooked-mode capture v2', 210]],
]);
