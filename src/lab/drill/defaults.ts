/** What a host is told under drill: Linux's choices where RFCs leave one, and a list of what the stack cannot be told yet. */
import { type ConnectionOptions, LINUX_CHOICES } from '../../speak/tcp/index.ts';

/** The window that Linux offers at first with so many octets of receive buffer: half of them, the other half being for book-keeping. */
export const windowOf = (buffer: number): number => Math.max(1, buffer >> 1);

/** Connection options as in Linux, times in milliseconds. */
export const LINUX_CONNECTION: Readonly<Partial<ConnectionOptions> & Pick<ConnectionOptions, 'choices'>> = {
  initialRto: 1_000,
  minimumRto: 200,
  maximumRto: 120_000,
  delayedAck: 40,
  windowScaling: true,
  receiveBuffer: windowOf(540_000),
  // Asks for a window scale of 8.
  receiveBufferMaximum: 15 << 20,
  sendBuffer: 4 << 20,
  timeWait: 60_000,
  finWait2: 60_000,
  // Four times after a second each, then six times, doubling from a second.
  synTimeout: 131_000,
  // Six times, doubling from a second.
  synAckTimeout: 63_000,
  // One challenge in half a second for each connection.
  challengeLimit: 1,
  challengeInterval: 500,
  // The room is reckoned as Linux does it (receive-memory.ts).
  choices: { ...LINUX_CHOICES, offersEveryStep: true },
};

/** What Linux does and the stack cannot be told: a script that needs it fails, and the reader of the failure should know. */
export const NOT_YET: readonly string[] = [
  'Fast Open, AccECN, MD5, multipath TCP, tcpi_delivery_rate',
  'TCP_WINDOW_CLAMP of a socket without a connection, TCP_SAVE_SYN, TCP_TX_DELAY, IP_MTU_DISCOVER other than DONT, WANT and DO',
  'open, pipe, sendfile, splice; timestamps and errors by ICMP as control messages',
  'packets dropped for want of memory: buffers take what the window promised',
];
