/**
 * What a live capture is to those who use one and those who make one: packets of a network interface as they pass. Whatever else can bring
 * them (another system's calls, a remote machine) fills `LiveCapture`. Not here: how one is chosen (capture.ts) or made (packet-ring.ts, program.ts).
 */

import type { TcplabError } from '../../core/errors.ts';
import { wholeNumber } from '../../core/ranges.ts';
import type { Packet } from '../../see/capture/packet.ts';
import type { BpfInstruction } from '../../see/filter/bpf/index.ts';
import type { FfiLoader } from '../ffi.ts';

/** What a live capture tells, called from the event loop. */
export interface LiveEvents {
  /**
   * A packet. The object is filled again for the next one and its octets are valid during the call: copy what is kept.
   * @param checksumPending the packet left this machine's stack before its transport checksum was filled in (checksum offload, always so on a
   * loopback interface): not a damaged packet. False also when the source cannot tell.
   */
  packet(packet: Packet, checksumPending: boolean): void;
  /** Something a person should know: the interface went down. */
  note?(text: string): void;
  /** The capture ended by itself, with what went wrong if anything did: the interface was removed, the program ended. Not called for `close` and `finish`. */
  end?(problem: TcplabError | undefined): void;
}

/** Packets counted since the capture was opened. */
export interface LiveStatistics {
  /** Packets that the source took in. */
  readonly received: number;
  /** Packets lost because nobody took them in time; undefined while the source has not told (programs tell at their end). */
  readonly dropped: number | undefined;
}

/** A capture that is running: packets are collected from the moment it is opened, and handed out from `start` on. */
export interface LiveCapture {
  /** The interface. */
  readonly name: string;
  /** Which way the packets come. */
  readonly source: LiveSource;
  /** Which way the packets come and why, for a person. */
  readonly note: string;
  /** The LINKTYPE of its packets. */
  readonly linkType: number;
  /**
   * Hands packets out from now on.
   * @throws TcplabError `EALREADY` when called twice, `EBADF` after `close`
   */
  start(events: LiveEvents): void;
  /** Counts until now; after the end, the last ones. */
  statistics(): LiveStatistics;
  /** Ends the capture at once: nothing is handed out after this call, which may come from inside `packet`. Resolves when all is given back. */
  close(): Promise<void>;
  /** Ends the capture, but hands out first what was captured until now. */
  finish(): Promise<void>;
}

/** The ways to capture. */
export type LiveSource = 'ring' | 'dumpcap' | 'tcpdump';

export type { BpfInstruction };

/**
 * Makes the program for a socket when its link layer is known.
 * @param cooked the socket hands out packets without their link headers, which is so on `any`
 * @returns undefined when the kernel should filter nothing
 */
export type MakeProgram = (linkType: number, cooked: boolean) => readonly BpfInstruction[] | undefined;

/** Options of `openLive`. */
export interface LiveOptions {
  /** Take also what is not for this machine's addresses (promiscuous mode). Default false. */
  readonly promiscuous?: boolean;
  /**
   * Memory in which the kernel keeps packets until they are taken, in octets, 256 KiB to 1 GiB. The ring has whole blocks of 128 or 512 KiB of it, dumpcap
   * whole MiB. Default 16 MiB.
   */
  readonly bufferOctets?: number;
  /**
   * How long the ring may keep a packet so that others come with it, in milliseconds, 1 to 1,000. At low rates each hand-over costs some 100 us of CPU; at high ones it
   * makes no difference. Default 1: for somebody who looks on.
   */
  readonly latencyMilliseconds?: number;
  /**
   * A classic BPF program of 1 to 4,096 instructions that the kernel runs on each packet, before it takes room in the ring: it saves work
   * and is no filter to rely on, as dumpcap and tcpdump do not get it.
   */
  readonly program?: readonly BpfInstruction[] | MakeProgram | undefined;
  /** Use this way and no other. Default: the first that works of ring, dumpcap, tcpdump. */
  readonly source?: LiveSource;
  /** An AF_PACKET socket (protocol 0, not bound) that a privileged parent opened and handed down, as a descriptor: the ring then needs no rights. The capture closes it. */
  readonly descriptor?: number;
  /** Where the system's functions come from. Default: koffi. */
  readonly ffi?: FfiLoader;
}

const DEFAULT_BUFFER = 1 << 24;
const MIN_BUFFER = 1 << 18;
const MAX_BUFFER = 1 << 30;
const MAX_LATENCY = 1000;

/** The option, checked. @throws TcplabError `EINVAL` */
export function bufferOctets(options: LiveOptions): number {
  const octets = options.bufferOctets ?? DEFAULT_BUFFER;
  return wholeNumber('bufferOctets', octets, MIN_BUFFER, MAX_BUFFER);
}

/** The option, checked. @throws TcplabError `EINVAL` */
export const latencyMilliseconds = (options: LiveOptions): number =>
  wholeNumber('latencyMilliseconds', options.latencyMilliseconds ?? 1, 1, MAX_LATENCY);
