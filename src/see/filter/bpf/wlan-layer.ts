/**
 * IEEE 802.11 as capture filters see it: how the program finds its header behind what a radio says and what its data frames carry, and what can be asked of the header
 * alone. Addresses of sources and destinations stand at places that hang on the frame's direction. Read first: IEEE 802.11-2020 §9.2.4, §9.3; radiotap.org.
 */
import { LINKTYPE } from '../../capture/packet.ts';
import { and, type Condition, not, or, type Step } from './assemble.ts';
import {
  ALU,
  JA,
  JEQ,
  JSET,
  LD_B_ABS,
  LD_B_IND,
  LD_IMM,
  LD_MEM,
  LD_W_ABS,
  LDX_IMM,
  LDX_MEM,
  ST,
  TAX,
  TXA,
  WITH_X,
} from './instruction.ts';
import { APPLETALK, appleTalk, GREATEST_LENGTH, isLlc, type LinkLayer, PLAIN, type Places } from './link-layer.ts';
import { at, behind, equals, hasBits, masked, plus, type Spot } from './load.ts';
import { LINK_HEADER, LINK_PAYLOAD } from './scratch.ts';

const step = (code: number, k = 0): Step => ({ code, k });
const add = (k: number): Step => step(ALU['+']!, k);

/** Steps for when a jump holds, and for when not. */
const when = (jump: number, k: number, then: readonly Step[], otherwise: readonly Step[] = []): readonly Step[] => [
  { code: jump, k, jf: then.length + 1 },
  ...then,
  step(JA, otherwise.length),
  ...otherwise,
];

/** Sets A to a length in two octets, the lower one first. */
const shortLength = (offset: number): readonly Step[] => [
  step(LD_B_ABS, offset + 1),
  step(ALU['<<']!, 8),
  step(TAX),
  step(LD_B_ABS, offset),
  step(ALU['|']! | WITH_X),
];

/** Where the header of AVS has its own length. Prism's drivers write it as well, or their own header of one length. */
const AVS_LENGTH = 4;
const avsOrPrism: readonly Step[] = [
  step(LD_W_ABS, 0),
  step(ALU['&']!, 0xffff_f000),
  ...when(JEQ, 0x8021_1000, [step(LD_W_ABS, AVS_LENGTH)], [step(LD_IMM, 144)]),
];

/** Bits of frame control's first octet: those of the type, those of type and subtype; data that is not control; quality of service. */
const TYPE = 0x0c;
const SUBTYPE = 0xfc;
const CONTROL = 0x04;
const DATA = 0x08;
const QOS = 0x80;
/** And of the second: to and from the distribution system. */
const DIRECTION = 0x03;
const TO_DS = 0x01;
const FROM_DS = 0x02;

/** Places in the header, and octets of one with three addresses; of quality of service. */
const ADDRESS = [4, 10, 16, 24] as const;
const THREE_ADDRESSES = 24;
const QOS_CONTROL = 2;

/** Finds where LLC begins, X being where the header is: behind three addresses, and quality of service in data frames that have it. */
const findPayload = (ofData: readonly Step[]): readonly Step[] => [
  step(TXA),
  add(THREE_ADDRESSES),
  step(ST, LINK_PAYLOAD),
  step(LD_B_IND),
  ...when(
    JSET,
    DATA,
    when(
      JSET,
      CONTROL,
      [],
      [...when(JSET, QOS, [step(LD_MEM, LINK_PAYLOAD), add(QOS_CONTROL), step(ST, LINK_PAYLOAD)]), ...ofData],
    ),
  ),
];

/** Rounds the header up to four octets when radiotap's flags, behind a timer or not, say that it is. They are looked for behind one bitmap, as libpcap does, whose bits are named here as its octets stand. */
const pad: readonly Step[] = [
  step(LD_W_ABS, 4),
  ...when(
    JSET,
    0x0200_0000,
    when(
      JSET,
      0x0000_0080,
      [],
      [
        ...when(JSET, 0x0100_0000, [step(LD_B_ABS, 16)], [step(LD_B_ABS, 8)]),
        ...when(JSET, 0x20, [
          step(LDX_MEM, LINK_HEADER),
          step(LD_MEM, LINK_PAYLOAD),
          step(ALU['-']! | WITH_X),
          add(3),
          step(ALU['&']!, 0xffff_fffc),
          step(ALU['+']! | WITH_X),
          step(ST, LINK_PAYLOAD),
        ]),
      ],
    ),
  ),
];

const isData = (header: Spot): Condition => and(not(hasBits(header, 1, CONTROL)), hasBits(header, 1, DATA));

/** What SNAP says behind a header of IEEE 802.11, or LLC. */
const isWlan = (type: number, { header, payload }: Places): Condition =>
  and(
    isData(header),
    type === APPLETALK
      ? appleTalk(type, payload)
      : type > GREATEST_LENGTH
        ? equals(plus(payload, 6), 2, type)
        : isLlc(type, payload),
  );

const WLAN: LinkLayer = {
  ...PLAIN,
  name: 'IEEE 802.11',
  places: { header: at(0), type: behind(LINK_PAYLOAD), payload: behind(LINK_PAYLOAD) },
  snap: 8,
  beforeOsi: 3,
  addresses: 'wlan',
  tags: true,
  llc: 'wlan',
  is: isWlan,
  preparations: [{ word: LINK_PAYLOAD, steps: [step(LDX_IMM), ...findPayload([])] }],
};

/** IEEE 802.11 behind what a radio says, whose length the steps leave in A. */
const radio = (name: string, length: readonly Step[], ofData: readonly Step[] = []): LinkLayer => ({
  ...WLAN,
  name: `IEEE 802.11 with ${name}`,
  places: { ...WLAN.places, header: behind(LINK_HEADER) },
  radio: true,
  preparations: [
    { word: LINK_HEADER, steps: [...length, step(ST, LINK_HEADER)] },
    { word: LINK_PAYLOAD, steps: [step(LDX_MEM, LINK_HEADER), ...findPayload(ofData)] },
  ],
});

export const WLAN_LAYERS: ReadonlyMap<number, LinkLayer> = new Map([
  [LINKTYPE.IEEE802_11, WLAN],
  [LINKTYPE.IEEE802_11_RADIOTAP, radio('radiotap', shortLength(2), pad)],
  [119, radio('Prism', avsOrPrism)],
  [163, radio('AVS', [step(LD_W_ABS, AVS_LENGTH)])],
  // Per-packet information goes before frames of any kind, and says which it is.
  [
    192,
    {
      ...radio('PPI', shortLength(2)),
      tags: false,
      radio: false,
      requires: equals(at(4), 4, LINKTYPE.IEEE802_11 << 24),
    },
  ],
]);

/** Which address of a frame is meant: by what it is for, or by its place. */
export type WlanAddress = 'src' | 'dst' | 'ra' | 'ta' | 'addr1' | 'addr2' | 'addr3' | 'addr4';

/** That something holds at the place of an address, in frames that have that address. */
export function wlanAddress(which: WlanAddress, header: Spot, holds: (place: Spot) => Condition): Condition {
  const [first, second, third, fourth] = ADDRESS.map((offset) => holds(plus(header, offset))) as [
    Condition,
    Condition,
    Condition,
    Condition,
  ];
  const flags = plus(header, 1);
  const isControl = hasBits(header, 1, CONTROL);
  const isThere = and(hasBits(header, 1, DATA), hasBits(flags, 1, which === 'src' ? FROM_DS : TO_DS));
  switch (which) {
    case 'src':
      return and(not(isControl), either(isThere, either(hasBits(flags, 1, TO_DS), fourth, third), second));
    case 'dst':
      return and(not(isControl), either(isThere, third, first));
    // Whom a frame is sent to over the air is asked of data frames only, as libpcap does.
    case 'ra':
      return and(hasBits(header, 1, DATA), first);
    case 'ta':
      return and(hasBits(header, 1, DATA), second);
    case 'addr1':
      return first;
    case 'addr2':
      return and(
        not(and(masked(header, 1, TYPE, CONTROL), or(...NO_SENDER.map((kind) => masked(header, 1, 0xf0, kind))))),
        second,
      );
    case 'addr3':
      return and(not(masked(header, 1, TYPE, CONTROL)), third);
    case 'addr4':
      return and(masked(flags, 1, DIRECTION, DIRECTION), fourth);
  }
}

/** Clear to send, and acknowledgments: who sent them is not in them. */
const NO_SENDER = [0xc0, 0xd0] as const;

/** One condition or another, as a first one holds or not. */
const either = (first: Condition, then: Condition, otherwise: Condition): Condition =>
  or(and(first, then), and(not(first), otherwise));

/** That a frame is of a type, of a type and subtype, or goes in a direction. */
export const isWlanType = (header: Spot, type: number): Condition => masked(header, 1, TYPE, type);
export const isWlanSubtype = (header: Spot, type: number): Condition => masked(header, 1, SUBTYPE, type);
export const isWlanDirection = (header: Spot, direction: number): Condition =>
  masked(plus(header, 1), 1, DIRECTION, direction);

/** That a frame carries LLC. */
export const hasWlanData = (header: Spot): Condition => isData(header);
