import type { ProcessUsage } from "./process_usage.ts";

/** One run of one server. */
export interface Measurement {
  /** How much was done, in the unit of the benchmark, each second. */
  readonly perSecond: number;
  readonly usage: ProcessUsage;
}

/** A benchmark of ours beside a peer, run one after the other on the same machine and disk. */
export interface Benchmark {
  /** What is done, in words. */
  readonly title: string;
  readonly unit: string;
  readonly peer: string;
  /** The programs it needs, besides dmail. */
  readonly programs: readonly string[];
  /** Runs ours and the peer's in turn, `runs` times. */
  run(runs: number): Promise<BenchmarkResult>;
}

/** All runs of a benchmark. */
export interface BenchmarkResult {
  readonly ours: readonly Measurement[];
  readonly theirs: readonly Measurement[];
}

/** The median of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError("No median of nothing");
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Runs `work`, which does `amount`, and tells how fast it was. */
export async function rate(amount: number, work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return amount / ((performance.now() - begin) / 1000);
}
