/** What a benchmark reports. */

/** One figure, beside a peer's in the same run. */
export interface Result {
  /** `bulk`, `bulk-script`, `connect-close`, `ping-pong`, `idle-memory`, `idle-active`, `allocation`, `read-count`, `read-filter`,
   * `read-copy`, `read-list`, `read-fields`, `read-start`, `read-memory`. */
  name: string;
  /** Which face of tcplab was measured. */
  face: string;
  /** Median of the samples. */
  value: number;
  unit: string;
  samples: number[];
  /** Who did the same, and its median; null where nobody here can. */
  peer: { name: string; value: number } | null;
  /** Median of the samples' ratios to the peer's sample beside it; above 1 means that tcplab is faster. Null without a peer. */
  ratio: number | null;
  /** Of a result from several processes: the ratio that each of them found, of which `ratio` is the median. */
  ratios?: number[];
}

/** A pair of measurements made one after the other: ours and the peer's, in units a second. */
export interface Sample {
  ours: number;
  peer: number | undefined;
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The result of some samples. */
export function summarize(
  name: string,
  face: string,
  unit: string,
  peerName: string | undefined,
  samples: readonly Sample[],
): Result {
  const pairs = samples.filter((sample): sample is { ours: number; peer: number } => sample.peer !== undefined);
  const hasPeer = peerName !== undefined && pairs.length > 0;
  return {
    name,
    face,
    value: median(samples.map(({ ours }) => ours)),
    unit,
    samples: samples.map(({ ours }) => ours),
    peer: hasPeer ? { name: peerName, value: median(pairs.map(({ peer }) => peer)) } : null,
    ratio: hasPeer ? median(pairs.map(({ ours, peer }) => ours / peer)) : null,
  };
}

/** One result of the same benchmark's in several processes: the medians of theirs. */
export function combine(results: readonly Result[]): Result {
  const [first] = results as readonly [Result, ...Result[]];
  const ratios = results.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const peers = results.flatMap(({ peer }) => (peer === null ? [] : [peer.value]));
  return {
    ...first,
    value: median(results.map(({ value }) => value)),
    samples: results.flatMap(({ samples }) => samples),
    peer: first.peer && { name: first.peer.name, value: median(peers) },
    ratio: ratios.length > 0 ? median(ratios) : null,
    ratios,
  };
}
