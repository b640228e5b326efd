/** Packets made by chance out of the headers that capture filters know, for comparing with libpcap: what no capture has, such as every kind of IEEE 802.11 frame, LLC, OSI and Geneve. */
import { below, type Random, seeded } from '../src/core/random.ts';

type Octets = readonly number[];

/** Makes packets of a link type; undefined: of this one none are made. */
export function madePackets(linkType: number, count: number, seed: number): Uint8Array[] | undefined {
  const random = seeded(seed);
  const make = FRAMES[linkType];
  if (make === undefined) return undefined;
  return Array.from({ length: count }, () => Uint8Array.from(make(random)));
}

const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!;
const chance = (random: Random, count: number): Octets => Array.from({ length: count }, () => below(random, 256));
const short = (value: number): Octets => [(value >> 8) & 255, value & 255];
const littleShort = (value: number): Octets => [value & 255, (value >> 8) & 255];

const ADDRESSES: readonly Octets[] = [
  [2, 0, 0, 0, 0, 1],
  [2, 0, 0, 0, 0, 2],
  [1, 2, 3, 4, 5, 6],
  [255, 255, 255, 255, 255, 255],
  [1, 0, 0x5e, 0, 0, 1],
];
const HOSTS: readonly Octets[] = [
  [10, 0, 0, 1],
  [10, 0, 0, 2],
  [192, 168, 1, 1],
  [255, 255, 255, 255],
  [224, 0, 0, 1],
];

const ports = (random: Random): Octets => [
  ...short(pick(random, [80, 53, 443, 6081, 40000])),
  ...short(pick(random, [80, 53, 443, 6081, 40000])),
];

/** What stands behind IP, by its number. */
function transport(random: Random, protocol: number, depth: number): Octets {
  if (protocol === 17 && depth > 0 && below(random, 2) === 0)
    return [...short(40000), ...short(6081), 0, 0, 0, 0, ...geneve(random, depth - 1)];
  if (protocol === 6)
    return [...ports(random), ...chance(random, 8), 0x50, pick(random, [2, 16, 18, 41]), ...chance(random, 12)];
  return [...ports(random), ...chance(random, 24)];
}

function geneve(random: Random, depth: number): Octets {
  const options = below(random, 4);
  const [type, inside] = pick(random, [
    [0x0800, ipv4],
    [0x86dd, ipv6],
    [0x6558, ethernet],
  ] as const);
  return [
    (pick(random, [0, 0, 0, 1]) << 6) | options,
    0,
    ...short(type),
    0,
    0,
    pick(random, [0, 1, 5, 10]),
    0,
    ...chance(random, 4 * options),
    ...inside(random, depth),
  ];
}

const PROTOCOLS = [1, 2, 6, 17, 17, 17, 41, 47, 50, 51, 88, 89, 103, 112, 132] as const;

function ipv4(random: Random, depth: number): Octets {
  const protocol = pick(random, PROTOCOLS);
  const options = below(random, 3);
  return [
    0x45 + options,
    0,
    ...chance(random, 4),
    ...short(pick(random, [0, 0, 0, 0x2000, 0x4000, 0x00b9])),
    below(random, 256),
    protocol,
    0,
    0,
    ...pick(random, HOSTS),
    ...pick(random, HOSTS),
    ...chance(random, 4 * options),
    ...transport(random, protocol, depth),
  ];
}

const HEADERS = [0, 43, 44, 60] as const;

function ipv6(random: Random, depth: number): Octets {
  const protocol = pick(random, [6, 17, 17, 58, 59, 132]);
  const chain = Array.from({ length: below(random, 4) }, () => pick(random, HEADERS));
  const headers = chain.flatMap((kind, i) => {
    const length = kind === 44 ? 0 : below(random, 2);
    return [chain[i + 1] ?? protocol, length, ...chance(random, 6 + 8 * length)];
  });
  const host = (): Octets => [
    ...pick(random, [
      [0xfe, 0x80],
      [0x20, 1],
      [0xff, 2],
    ]),
    ...Array(13).fill(0),
    1,
  ];
  return [
    0x60,
    ...chance(random, 5),
    chain[0] ?? protocol,
    below(random, 256),
    ...host(),
    ...host(),
    ...headers,
    ...transport(random, protocol, depth),
  ];
}

const arp = (random: Random): Octets => [
  0,
  1,
  8,
  0,
  6,
  4,
  ...short(pick(random, [1, 2, 3])),
  ...pick(random, ADDRESSES),
  ...pick(random, HOSTS),
  ...pick(random, ADDRESSES),
  ...pick(random, HOSTS),
];

const TYPES = [
  0x0800, 0x86dd, 0x0806, 0x8035, 0x809b, 0x80f3, 0x6001, 0x6002, 0x6003, 0x6004, 0x6007, 0x8137, 0x88cc, 0x9000,
] as const;

/** What an EtherType says that follows. */
function typed(random: Random, type: number, depth: number): Octets {
  if (type === 0x0800) return ipv4(random, depth);
  if (type === 0x86dd) return ipv6(random, depth);
  return type === 0x0806 || type === 0x8035 ? arp(random) : chance(random, 40);
}

/** LLC, with SNAP or without. */
function llc(random: Random, depth: number): Octets {
  const type = pick(random, TYPES);
  return pick(random, [
    () => [
      0xaa,
      0xaa,
      3,
      ...pick(random, [
        [0, 0, 0],
        [8, 0, 7],
      ]),
      ...short(type),
      ...typed(random, type, depth),
    ],
    () => [
      0xfe,
      0xfe,
      3,
      pick(random, [0x81, 0x82, 0x83]),
      ...chance(random, 3),
      pick(random, [15, 16, 17, 18, 20, 24, 25, 26, 27]),
      ...chance(random, 30),
    ],
    () => [0x42, 0x42, 3, ...chance(random, 35)],
    () => [
      ...pick(random, [
        [0xe0, 0xe0],
        [0xf0, 0xf0],
        [0xff, 0xff],
        [6, 6],
      ]),
      ...chance(random, 40),
    ],
    () => [
      ...chance(random, 2),
      pick(random, [0, 1, 3, 5, 9, 0x13, 0x43, 0x63, 0x6f, 0x87, 0xaf, 0xe3, 0xf3]),
      ...chance(random, 30),
    ],
  ])();
}

/** What stands behind the addresses of Ethernet, tags and labels too. */
function behindAddresses(random: Random, depth: number): Octets {
  switch (below(random, 8)) {
    case 0: {
      const inside = llc(random, depth);
      return [...short(inside.length), ...inside];
    }
    case 1:
      return [
        ...short(pick(random, [0x8100, 0x88a8, 0x9100])),
        ...short(pick(random, [0, 1, 2, 5, 10, 100, 0x2001])),
        ...behindAddresses(random, depth),
      ];
    case 2: {
      const labels = below(random, 2);
      const label = (isLast: boolean): Octets => [0, 1, pick(random, [0, 0x10]) | Number(isLast), 64];
      return [
        ...short(0x8847),
        ...(labels === 1 ? label(false) : []),
        ...label(true),
        ...pick(random, [ipv4, ipv6])(random, depth),
      ];
    }
    case 3: {
      const [type, inside] = pick(random, [
        [0x0021, ipv4],
        [0x0057, ipv6],
        [0xc021, (source: Random) => chance(source, 20)],
      ] as const);
      return [
        ...short(pick(random, [0x8863, 0x8864, 0x8864])),
        0x11,
        0,
        ...short(pick(random, [1, 17, 39])),
        0,
        0,
        ...short(type),
        ...inside(random, depth),
      ];
    }
    default: {
      const type = pick(random, below(random, 2) === 0 ? TYPES : [0x0800, 0x86dd]);
      return [...short(type), ...typed(random, type, depth)];
    }
  }
}

const ethernet = (random: Random, depth = 2): Octets => [
  ...pick(random, ADDRESSES),
  ...pick(random, ADDRESSES),
  ...behindAddresses(random, depth),
];

/** A frame of IEEE 802.11, with `padded` octets before its payload when its header has no multiple of four octets. */
function wlan(random: Random, isPadded = false): Octets {
  const control = pick(random, [below(random, 256), 0x08, 0x88, 0x80]) & 0xfc;
  const flags = pick(random, [0, 1, 2, 3, below(random, 256)]);
  const isData = (control & 0x0c) === 8;
  const header = [
    control,
    flags,
    ...short(0),
    ...pick(random, ADDRESSES),
    ...pick(random, ADDRESSES),
    ...pick(random, ADDRESSES),
    ...short(0),
    ...(isData && (control & 0x80) !== 0 ? [0, 0] : []),
  ];
  const padding = isPadded ? -header.length & 3 : 0;
  return [...header, ...Array(padding).fill(0), ...llc(random, 2)];
}

/** Radiotap with a timer or not, flags or not, and more bitmaps or not. */
function radiotap(random: Random): Octets {
  const [hasTimer, hasFlags, hasMore, isPadded] = [2, 2, 8, 2].map((n) => below(random, n) === 0) as [
    boolean,
    boolean,
    boolean,
    boolean,
  ];
  const bitmap = Number(hasTimer) | (Number(hasFlags) << 1);
  const fields = [...(hasTimer ? chance(random, 8) : []), ...(hasFlags ? [isPadded ? 0x20 : 0x10] : [])];
  // The frame begins at a multiple of four octets: elsewhere libpcap rounds up from the capture's beginning, tcplab from the frame's.
  const header = [...(hasMore ? [0, 0, 0, 0] : []), ...fields];
  const filling = Array(-header.length & 3).fill(0);
  return [
    0,
    0,
    ...littleShort(8 + header.length + filling.length),
    bitmap,
    0,
    0,
    hasMore ? 0x80 : 0,
    ...header,
    ...filling,
    ...wlan(random, isPadded && hasFlags && !hasMore),
  ];
}

const cooked = (random: Random): Octets => {
  const type = pick(random, TYPES);
  const [number, inside] = pick(random, [
    [type, typed(random, type, 2)],
    [4, llc(random, 2)],
    [1, chance(random, 30)],
  ] as const);
  return [0, pick(random, [0, 1, 2, 3, 4]), 0, 1, 0, 6, ...pick(random, ADDRESSES), 0, 0, ...short(number), ...inside];
};

const cooked2 = (random: Random): Octets => {
  const frame = cooked(random);
  return [
    ...frame.slice(14, 16),
    0,
    0,
    0,
    0,
    0,
    pick(random, [1, 2]),
    0,
    1,
    frame[1]!,
    6,
    ...frame.slice(6, 14),
    ...frame.slice(16),
  ];
};

const FRAMES: Readonly<Record<number, (random: Random) => Octets>> = {
  1: ethernet,
  9: (random) => [
    0xff,
    3,
    ...short(pick(random, [0x21, 0x57, 0x23, 0x29, 0x2b, 0x31, 0x281, 0xc021])),
    ...ipv4(random, 2),
  ],
  101: (random) => pick(random, [ipv4, ipv6])(random, 2),
  104: (random) => [0x0f, 0, ...short(pick(random, [0x0800, 0x86dd, 0xfefe, 0x8035])), ...ipv4(random, 2)],
  105: wlan,
  113: cooked,
  119: (random) => [
    ...pick(random, [
      [0, 0, 0, 0x44],
      [0x80, 0x21, 0x10, 2],
    ]),
    0,
    0,
    0,
    144,
    ...chance(random, 136),
    ...wlan(random),
  ],
  127: radiotap,
  163: (random) => [0x80, 0x21, 0x10, 1, 0, 0, 0, 64, ...chance(random, 56), ...wlan(random)],
  192: (random) => [0, 0, 8, 0, pick(random, [105, 105, 1]), 0, 0, 0, ...wlan(random)],
  276: cooked2,
};
