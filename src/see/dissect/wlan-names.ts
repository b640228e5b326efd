/** What numbers of IEEE 802.11 and radiotap are called, as Wireshark writes them: data. Read first: IEEE 802.11-2020 §9.2.4.1.3; radiotap.org. */

const TYPES: Readonly<Record<number, string>> = {
  0: 'Association Request',
  1: 'Association Response',
  2: 'Reassociation Request',
  3: 'Reassociation Response',
  4: 'Probe Request',
  5: 'Probe Response',
  6: 'Measurement Pilot',
  8: 'Beacon frame',
  9: 'ATIM',
  10: 'Disassociate',
  11: 'Authentication',
  12: 'Deauthentication',
  13: 'Action',
  14: 'Action No Ack',
  15: 'Aruba Management',
  18: 'Trigger',
  20: 'Beamforming Report Poll',
  21: 'VHT/HE NDP Announcement',
  23: 'Control Wrapper',
  24: '802.11 Block Ack Req',
  25: '802.11 Block Ack',
  26: 'Power-Save poll',
  27: 'Request-to-send',
  28: 'Clear-to-send',
  29: 'Acknowledgement',
  30: 'CF-End (Control-frame)',
  31: 'CF-End + CF-Ack (Control-frame)',
  32: 'Data',
  33: 'Data + CF-Ack',
  34: 'Data + CF-Poll',
  35: 'Data + CF-Ack + CF-Poll',
  36: 'Null function (No data)',
  37: 'Acknowledgement (No data)',
  38: 'CF-Poll (No data)',
  39: 'CF-Ack/Poll (No data)',
  40: 'QoS Data',
  41: 'QoS Data + CF-Acknowledgment',
  42: 'QoS Data + CF-Poll',
  43: 'QoS Data + CF-Ack + CF-Poll',
  44: 'QoS Null function (No data)',
  46: 'QoS CF-Poll (No Data)',
  47: 'QoS CF-Ack + CF-Poll (No data)',
  48: 'DMG Beacon',
  49: 'S1G Beacon',
};

/** A frame's type and subtype as one number: `QoS Data` for 0x28. */
export const wlanTypeName = (kind: number): string => TYPES[kind] ?? 'Unrecognized (Reserved frame)';

/** The access categories of quality of service by priority. */
export const PRIORITIES: readonly string[] = [
  'Best Effort (Best Effort)',
  'Background (Background)',
  'Spare (Background)',
  'Excellent Effort (Best Effort)',
  'Controlled Load (Video)',
  'Video (Video)',
  'Voice (Voice)',
  'Network Control (Voice)',
];

/** The bits of radiotap's bitmaps. */
export const PRESENT: readonly (readonly [bit: number, name: string])[] = [
  [0, 'TSFT'],
  [1, 'Flags'],
  [2, 'Rate'],
  [3, 'Channel'],
  [4, 'FHSS'],
  [5, 'dBm Antenna Signal'],
  [6, 'dBm Antenna Noise'],
  [7, 'Lock Quality'],
  [8, 'TX Attenuation'],
  [9, 'dB TX Attenuation'],
  [10, 'dBm TX Power'],
  [11, 'Antenna'],
  [12, 'dB Antenna Signal'],
  [13, 'dB Antenna Noise'],
  [14, 'RX flags'],
  [15, 'TX flags'],
  [17, 'data retries'],
  [18, 'Channel+'],
  [19, 'MCS information'],
  [20, 'A-MPDU Status'],
  [21, 'VHT information'],
  [22, 'frame timestamp'],
  [23, 'HE information'],
  [24, 'HE-MU information'],
  [26, '0 Length PSDU'],
  [27, 'L-SIG'],
  [28, 'TLVs'],
  [29, 'Radiotap NS next'],
  [30, 'Vendor NS next'],
  [31, 'Ext'],
];

/** The flags of a channel. */
export const CHANNEL_FLAGS: readonly (readonly [mask: number, name: string])[] = [
  [0x0001, '700 MHz spectrum'],
  [0x0002, '800 MHz spectrum'],
  [0x0004, '900 MHz spectrum'],
  [0x0010, 'Turbo'],
  [0x0020, 'Complementary Code Keying (CCK)'],
  [0x0040, 'Orthogonal Frequency-Division Multiplexing (OFDM)'],
  [0x0080, '2 GHz spectrum'],
  [0x0100, '5 GHz spectrum'],
  [0x0200, 'Passive'],
  [0x0400, 'Dynamic CCK-OFDM'],
  [0x0800, 'Gaussian Frequency Shift Keying (GFSK)'],
  [0x1000, 'GSM (900MHz)'],
  [0x2000, 'Static Turbo'],
  [0x4000, 'Half Rate Channel (10MHz Channel Width)'],
  [0x8000, 'Quarter Rate Channel (5MHz Channel Width)'],
];

/** `[BG 6]` for 2437 MHz, `[A 36]` for 5180. */
export function channelName(frequency: number): string {
  if (frequency === 2484) return '[BG 14]';
  if (frequency >= 2412 && frequency <= 2472) return `[BG ${(frequency - 2407) / 5}]`;
  if (frequency >= 5000 && frequency <= 5900) return `[A ${(frequency - 5000) / 5}]`;
  return 'Unknown';
}
