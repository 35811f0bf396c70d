import { type Benchmark, type BenchmarkResult, type Measurement, median } from "./benchmark.ts";

const HEAD = [
  "| Benchmark | dmail | peer | ratio | CPU s: dmail | peer | peak MB: dmail | peer |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
];

/** A Markdown table of medians. */
export function table(
  results: readonly { readonly benchmark: Benchmark; readonly result: BenchmarkResult }[],
): string {
  return [...HEAD, ...results.map(({ benchmark, result }) => row(benchmark, result))].join("\n");
}

function row({ title, unit, peer }: Benchmark, { ours, theirs }: BenchmarkResult): string {
  const [us, them] = [summary(ours), summary(theirs)];
  const cells = [
    title,
    `${us.perSecond.toFixed(0)} ${unit}/s`,
    `${peer}: ${them.perSecond.toFixed(0)}`,
    (us.perSecond / them.perSecond).toFixed(2),
    us.cpuSeconds.toFixed(2),
    them.cpuSeconds.toFixed(2),
    (us.peakOctets / 1e6).toFixed(0),
    (them.peakOctets / 1e6).toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

function summary(runs: readonly Measurement[]) {
  return {
    perSecond: median(runs.map(({ perSecond }) => perSecond)),
    cpuSeconds: median(runs.map(({ usage }) => usage.cpuSeconds)),
    peakOctets: median(runs.map(({ usage }) => usage.peakOctets)),
  };
}
