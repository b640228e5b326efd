/**
 * DHCP's options: names, as Wireshark writes them, and what each holds: data. Read first: RFC 2132; IANA's registry "BOOTP Vendor Extensions and DHCP Options".
 */

/** What an option's value is; everything else is octets. */
export type DhcpValue =
  /** One address, which stands in the option's title, too. */
  | 'address'
  /** Any number of addresses. */
  | 'addresses'
  | 'text'
  | 'seconds'
  /** A whole number of one or two octets. */
  | 'number'
  /** On or off. */
  | 'switch';

const NAMES: Readonly<Record<number, string>> = {
  1: 'Subnet Mask',
  2: 'Time Offset',
  3: 'Router',
  4: 'Time Server',
  5: 'Name Server',
  6: 'Domain Name Server',
  7: 'Log Server',
  8: 'Quotes Server',
  9: 'LPR Server',
  10: 'Impress Server',
  11: 'Resource Location Server',
  12: 'Host Name',
  13: 'Boot File Size',
  14: 'Merit Dump File',
  15: 'Domain Name',
  16: 'Swap Server',
  17: 'Root Path',
  18: 'Extensions Path',
  19: 'IP Forwarding',
  20: 'Non-Local Source Routing',
  21: 'Policy Filter',
  22: 'Maximum Datagram Reassembly Size',
  23: 'Default IP Time-to-Live',
  24: 'Path MTU Aging Timeout',
  25: 'Path MTU Plateau Table',
  26: 'Interface MTU',
  27: 'All Subnets are Local',
  28: 'Broadcast Address',
  29: 'Perform Mask Discovery',
  30: 'Mask Supplier',
  31: 'Perform Router Discover',
  32: 'Router Solicitation Address',
  33: 'Static Route',
  34: 'Trailer Encapsulation',
  35: 'ARP Cache Timeout',
  36: 'Ethernet Encapsulation',
  37: 'TCP Default TTL',
  38: 'TCP Keepalive Interval',
  39: 'TCP Keepalive Garbage',
  40: 'Network Information Service Domain',
  41: 'Network Information Service Servers',
  42: 'Network Time Protocol Servers',
  43: 'Vendor-Specific Information',
  44: 'NetBIOS over TCP/IP Name Server',
  45: 'NetBIOS over TCP/IP Datagram Distribution Name Server',
  46: 'NetBIOS over TCP/IP Node Type',
  47: 'NetBIOS over TCP/IP Scope',
  48: 'X Window System Font Server',
  49: 'X Window System Display Manager',
  50: 'Requested IP Address',
  51: 'IP Address Lease Time',
  52: 'Option Overload',
  53: 'DHCP Message Type',
  54: 'DHCP Server Identifier',
  55: 'Parameter Request List',
  56: 'Message',
  57: 'Maximum DHCP Message Size',
  58: 'Renewal Time Value',
  59: 'Rebinding Time Value',
  60: 'Vendor class identifier',
  61: 'Client identifier',
  62: 'Novell/Netware IP domain',
  63: 'Novell Options',
  64: 'Network Information Service+ Domain',
  65: 'Network Information Service+ Servers',
  66: 'TFTP Server Name',
  67: 'Bootfile name',
  68: 'Mobile IP Home Agent',
  69: 'SMTP Server',
  70: 'POP3 Server',
  71: 'NNTP Server',
  72: 'Default WWW Server',
  73: 'Default Finger Server',
  74: 'Default IRC Server',
  75: 'StreetTalk Server',
  76: 'StreetTalk Directory Assistance Server',
  77: 'User Class Information',
  78: 'Directory Agent Information',
  79: 'Service Location Agent Scope',
  80: 'Rapid commit',
  81: 'Client Fully Qualified Domain Name',
  82: 'Agent Information Option',
  83: 'iSNS',
  84: 'Removed/Unassigned',
  85: 'Novell Directory Services Servers',
  86: 'Novell Directory Services Tree Name',
  87: 'Novell Directory Services Context',
  88: 'BCMCS Controller Domain Name [TODO:RFC4280]',
  89: 'BCMCS Controller IPv4 address [TODO:RFC4280]',
  90: 'Authentication',
  91: 'Client last transaction time',
  92: 'Associated IP option',
  93: 'Client System Architecture',
  94: 'Client Network Device Interface',
  95: 'LDAP [TODO:RFC3679]',
  96: 'Removed/Unassigned',
  97: 'UUID/GUID-based Client Identifier',
  98: "Open Group's User Authentication [TODO:RFC2485]",
  99: 'Civic Addresses Configuration',
  100: 'PCode',
  101: 'TCode',
  108: 'IPv6-Only Preferred',
  110: 'Removed/Unassigned',
  112: 'NetInfo Parent Server Address',
  113: 'NetInfo Parent Server Tag',
  114: 'DHCP Captive-Portal',
  115: 'Removed/Unassigned',
  116: 'DHCP Auto-Configuration',
  117: 'Name Service Search',
  118: 'Subnet Selection Option',
  119: 'Domain Search',
  120: 'SIP Servers',
  121: 'Classless Static Route',
  122: 'CableLabs Client Configuration [TODO:RFC3495]',
  123: 'Coordinate-based Location Configuration',
  124: 'V-I Vendor Class',
  125: 'V-I Vendor-specific Information',
  126: 'Removed/Unassigned',
  127: 'Removed/Unassigned',
  128: 'DOCSIS full security server IP [TODO]',
  129: 'PXE - undefined (vendor specific)',
  130: 'PXE - undefined (vendor specific)',
  131: 'PXE - undefined (vendor specific)',
  132: 'PXE - undefined (vendor specific)',
  133: 'PXE - undefined (vendor specific)',
  134: 'PXE - undefined (vendor specific)',
  135: 'PXE - undefined (vendor specific)',
  136: 'PANA Authentication Agent',
  137: 'LoST Server Domain Name',
  138: 'CAPWAP Access Controllers',
  139: 'IPv4 Address-MoS',
  140: 'IPv4 FQDN-MoS',
  141: 'SIP UA Configuration Domains',
  142: 'IPv4 Address ANDSF',
  143: 'Zerotouch Redirect [TODO: draft-ietf-netconf-zerotouch]',
  144: 'Geospatial Location [TODO:RFC6225]',
  145: 'Forcerenew Nonce Capable',
  146: 'RDNSS Selection',
  150: 'TFTP Server Address',
  151: 'Leasequery Status code',
  152: 'Leasequery Base Time',
  153: 'Leasequery Start Time of State',
  154: 'Leasequery Query Start Time',
  155: 'Leasequery Query End Time',
  156: 'Leasequery Dhcp State',
  157: 'Leasequery Data Source',
  158: 'PCP Server',
  159: 'Portparams',
  160: 'Unassigned (ex DHCP Captive-Portal)',
  161: 'Manufacturer Usage Description',
  175: 'Etherboot',
  176: 'IP Telephone',
  177: 'Etherboot',
  208: 'PXELINUX Magic',
  209: 'PXE Configuration file',
  210: 'PXE Path Prefix',
  211: 'Reboot Time',
  212: '6RD',
  213: 'V4 Access Domain',
  220: 'Subnet Allocation',
  221: 'Virtual Subnet Selection',
  242: 'Private/Avaya IP Telephone',
  249: 'Private/Classless Static Route (Microsoft)',
  252: 'Private/Proxy autodiscovery',
};

/** Numbers that were given back. */
const REMOVED: ReadonlySet<number> = new Set([102, 103, 104, 105, 106, 107]);

/** Where numbers for private use begin. */
const PRIVATE = 224;

/** `Router` for 3. */
export function dhcpOptionName(option: number): string {
  const name = NAMES[option];
  if (name !== undefined) return name;
  if (option >= PRIVATE) return 'Private';
  return REMOVED.has(option) ? 'Removed/unassigned' : 'Unassigned';
}

const VALUES: ReadonlyMap<number, DhcpValue> = new Map(
  (
    [
      ['address', [1, 16, 28, 32, 50, 54, 118]],
      [
        'addresses',
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 41, 42, 44, 45, 48, 49, 65, 68, 69, 70, 71, 72, 73, 74, 75, 76, 85, 150],
      ],
      ['text', [12, 14, 15, 17, 18, 40, 47, 56, 60, 62, 64, 66, 67, 86, 87, 100, 101, 114, 252]],
      ['seconds', [24, 35, 38, 51, 58, 59]],
      ['number', [23, 37, 13, 22, 26, 57]],
      ['switch', [19, 20, 27, 29, 30, 31, 34, 36, 39]],
    ] as const
  ).flatMap(([value, options]) => options.map((option) => [option, value] as const)),
);

/** What an option holds; undefined for octets. */
export const dhcpValue = (option: number): DhcpValue | undefined => VALUES.get(option);
