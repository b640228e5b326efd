/**
 * Names of Wireshark's that are no fields here: what stands in their place. Old names of protocols are read as the new ones, as Wireshark reads them; of others it is said why they are not
 * known, since the nearest name would be about something else.
 */

import { entryOf } from '../../core/entry.ts';

/** Protocols that have another name now. */
const RENAMED: Readonly<Record<string, string>> = { ssl: 'tls', bootp: 'dhcp' };

/** Fields that have another name now. */
const RENAMED_FIELDS: Readonly<Record<string, string>> = { pkt_comment: 'frame.comment' };

/** The name of today: `tls.handshake.type` for `ssl.handshake.type`; undefined where the name is no old one. */
export function todaysName(name: string): string | undefined {
  const field = entryOf(RENAMED_FIELDS, name);
  if (field !== undefined) return field;
  const [protocol = '', rest] = name.split(/\.(.*)/s);
  const today = entryOf(RENAMED, protocol);
  return today && (rest === undefined ? today : `${today}.${rest}`);
}

/** Protocols that Wireshark takes apart and tcplab shows as data, with the ports or numbers that find them. */
export const CARRIED: Readonly<Record<string, string | undefined>> = {
  http2: 'tcp.port == 443',
  http3: 'udp.port == 443',
  quic: 'udp.port == 443',
  websocket: 'http.request.version',
  ftp: 'tcp.port == 21',
  'ftp-data': 'tcp.port == 20',
  smtp: 'tcp.port in {25, 465, 587}',
  imf: 'tcp.port == 25',
  pop: 'tcp.port == 110',
  imap: 'tcp.port == 143',
  telnet: 'tcp.port == 23',
  ssh: 'tcp.port == 22',
  sip: 'udp.port == 5060',
  sdp: 'udp.port == 5060',
  rtp: 'udp',
  rtcp: 'udp',
  rtsp: 'tcp.port == 554',
  smb: 'tcp.port in {139, 445}',
  smb2: 'tcp.port == 445',
  nbss: 'tcp.port == 139',
  nbns: 'udp.port == 137',
  nbdgm: 'udp.port == 138',
  ldap: 'tcp.port == 389',
  cldap: 'udp.port == 389',
  kerberos: 'tcp.port == 88 or udp.port == 88',
  dcerpc: 'tcp.port == 135',
  rdp: 'tcp.port == 3389',
  tpkt: 'tcp.port == 3389',
  vnc: 'tcp.port == 5900',
  ntp: 'udp.port == 123',
  snmp: 'udp.port in {161, 162}',
  syslog: 'udp.port == 514',
  tftp: 'udp.port == 69',
  ssdp: 'udp.port == 1900',
  coap: 'udp.port == 5683',
  radius: 'udp.port in {1812, 1813}',
  tacplus: 'tcp.port == 49',
  diameter: 'tcp.port == 3868',
  mysql: 'tcp.port == 3306',
  pgsql: 'tcp.port == 5432',
  tds: 'tcp.port == 1433',
  tns: 'tcp.port == 1521',
  mongo: 'tcp.port == 27017',
  resp: 'tcp.port == 6379',
  redis: 'tcp.port == 6379',
  memcache: 'tcp.port == 11211',
  amqp: 'tcp.port == 5672',
  kafka: 'tcp.port == 9092',
  mqtt: 'tcp.port == 1883',
  modbus: 'tcp.port == 502',
  mbtcp: 'tcp.port == 502',
  bgp: 'tcp.port == 179',
  rip: 'udp.port == 520',
  hsrp: 'udp.port == 1985',
  isakmp: 'udp.port in {500, 4500}',
  l2tp: 'udp.port == 1701',
  pptp: 'tcp.port == 1723',
  wg: 'udp.port == 51820',
  openvpn: 'udp.port == 1194',
  dhcpv6: 'udp.port in {546, 547}',
  rpc: 'tcp.port == 111 or udp.port == 111',
  portmap: 'tcp.port == 111 or udp.port == 111',
  nfs: 'tcp.port == 2049',
  x11: 'tcp.port == 6000',
  xmpp: 'tcp.port == 5222',
  irc: 'tcp.port == 6667',
  socks: 'tcp.port == 1080',
  igmp: 'ip.proto == 2',
  ospf: 'ip.proto == 89',
  eigrp: 'ip.proto == 88',
  pim: 'ip.proto == 103',
  vrrp: 'ip.proto == 112',
  sctp: 'ip.proto == 132',
  esp: 'ip.proto == 50',
  stp: 'eth.dst == 01:80:c2:00:00:00',
  cdp: 'eth.dst == 01:00:0c:cc:cc:cc',
  lldp: 'eth.type == 0x88cc',
  lacp: 'eth.type == 0x8809',
  slow: 'eth.type == 0x8809',
  eapol: 'eth.type == 0x888e',
  eap: 'eth.type == 0x888e',
  wol: 'eth.type == 0x0842',
  json: 'http.content_type contains "json"',
  xml: 'http.content_type contains "xml"',
  media: 'http.content_type',
  'data-text-lines': 'http.content_type contains "text"',
  'urlencoded-form': 'http.content_type contains "urlencoded"',
  mime_multipart: 'http.content_type contains "multipart"',
  png: 'http.content_type contains "image"',
  'image-gif': 'http.content_type contains "gif"',
  'image-jfif': 'http.content_type contains "jpeg"',
  wlan_radio: 'radiotap',
  wlan_mgt: 'wlan',
  usb: undefined,
  bluetooth: undefined,
  btle: undefined,
  zbee_nwk: undefined,
  can: undefined,
};

/** Families of fields, and why they are not known. */
const FAMILIES: readonly (readonly [name: RegExp, why: string])[] = [
  [
    /^tcp\.analysis(?:\.|$)/,
    'What analysis says of a segment (retransmission, duplicate ACK, zero window) is no field of a filter here; tcplab explain FILE tells it, connection by connection.',
  ],
  [/^tcp\.complet(?:eness|ion)/, 'Whether a conversation is complete is no field here; tcplab explain FILE tells it.'],
  [/^mptcp\./, 'Connections over several paths are not followed: tcp.options.mptcp.* has what each segment says.'],
  [/\.geoip\./, 'Where addresses are in the world is not looked up.'],
  [/(?:_resolved|\.resolved)$/, 'Names of hosts and makers are not looked up.'],
  [
    /^(?:[a-z0-9_]+)\.(?:no_resp|resp_in|next_request_in|next_response_in)$/,
    'Reading once, nothing is known of later frames: the later frame says what it answers (icmp.resp_to, dns.response_to).',
  ],
  [/^frame\.(?:coloring_rule|color)/, 'Colours are chosen by tcplab itself: --color.'],
  [
    /^frame\.time_delta_displayed$/,
    'What is displayed a filter does not know: frame.time_delta is the time since the frame before.',
  ],
  [
    /^frame\.packet_flags|^frame\.drop_count|^frame\.packet_id|^frame\.verdict/,
    "Options of a packet's block besides its comments are kept when it is copied, and not shown.",
  ],
  [/^(?:expert|malformed)(?:\.|$)/, 'It is called _ws.expert and _ws.malformed.'],
  [/^ip\.tos(?:\.|$)/, 'As in Wireshark by default the octet is ip.dsfield, with ip.dsfield.dscp and ip.dsfield.ecn.'],
  [
    /^tcp\.options\.mptcp$|^tcp\.options\.rvbd$/,
    'No field of Wireshark has this name by itself: tcp.option_kind == 30 finds options of Multipath TCP.',
  ],
  [
    /^tcp\.segment\.(?:multipletails|toolongfragment)/,
    'Messages over TCP have no such faults: tcp.segment.overlap tells what came twice, tcp.segment.error what is not the same then.',
  ],
  [
    /^tcp\.(?:pdu\.|proc\.)/,
    'It is not known here; tcp.segment.count and tcp.reassembled.length tell of messages over several segments.',
  ],
  [/^frame\.md5_hash$/, 'Frames have no hashes here, as in Wireshark by default.'],
  [/^(?:ip|tcp|udp)\.checksum_bad$/, 'It is called *.checksum.status == "Bad" now, and known with --checksums.'],
  [/^tcp\.flags\.ns$/, 'The bit is called tcp.flags.ae now.'],
  [/^x509/, 'Certificates are not taken apart.'],
  [/^tls\./, 'Of TLS its records and hellos are read: tcplab fields tls lists what is known.'],
];

/** Why a name of Wireshark's is no field here; undefined: nothing is known of it. */
export function whyForeign(name: string): string | undefined {
  const family = FAMILIES.find(([pattern]) => pattern.test(name));
  if (family !== undefined) return family[1];
  const protocol = name.split('.', 1)[0]!;
  if (!Object.hasOwn(CARRIED, protocol)) return undefined;
  const instead = CARRIED[protocol];
  const otherwise = instead === undefined ? '' : ` These frames are found otherwise: ${instead}.`;
  return `tcplab does not take ${protocol} apart.${otherwise}`;
}
