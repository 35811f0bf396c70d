/** What a process and all below it have used. */
export interface ProcessUsage {
  /** User and system time, in seconds. */
  readonly cpuSeconds: number;
  /** The largest sum of memory seen, in octets; shared pages are shared out (PSS). */
  readonly peakOctets: number;
}

/** Clock ticks a second in /proc, the same on every Linux that Deno runs on. */
const TICKS = 100;

/** How often memory is looked at, in ms. */
const LOOK_EVERY_MS = 100;

/** Measures a process and all below it while `work` runs (Linux only). */
export async function usageWhile<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly usage: ProcessUsage }> {
  const before = cpuSeconds(pid);
  let peakOctets = 0;
  const look = () => {
    peakOctets = Math.max(peakOctets, memoryOctets(pid));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    const result = await work();
    look();
    return { result, usage: { cpuSeconds: cpuSeconds(pid) - before, peakOctets } };
  } finally {
    clearInterval(timer);
  }
}

/**
 * User and system time of a process and all below it, in seconds. Children that have ended are counted
 * in those who waited for them.
 */
export function cpuSeconds(pid: number): number {
  const ticks = family(pid).map(({ fields }) => fields.slice(11, 15).reduce((a, b) => a + b, 0));
  return ticks.reduce((sum, some) => sum + some, 0) / TICKS;
}

/** What a process and all below it hold now, in octets; shared pages are shared out (PSS). */
export function memoryOctets(pid: number): number {
  return family(pid).map(({ pid }) => {
    try {
      const found = /^Pss:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`));
      return Number(found?.[1] ?? 0) * 1024;
    } catch {
      return 0; // It has just ended.
    }
  }).reduce((sum, octets) => sum + octets, 0);
}

interface Process {
  readonly pid: number;
  /** The fields of /proc/PID/stat from the third on: [1] is the parent, [11] to [14] are times. */
  readonly fields: readonly number[];
}

function family(root: number): Process[] {
  const all: Process[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
      all.push({ pid: Number(name), fields });
    } catch {
      // It has just ended.
    }
  }
  const members = new Set([root]);
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const { pid, fields } of all) if (members.has(fields[1] ?? 0)) members.add(pid);
  }
  return all.filter(({ pid }) => members.has(pid));
}
