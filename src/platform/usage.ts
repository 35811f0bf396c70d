import process from "node:process";

/** What this process has used of the machine. */
export interface ProcessUsage {
  /** Memory it holds now, in octets. */
  readonly memoryOctets: number;
  /** Memory of JavaScript objects, in octets. */
  readonly heapOctets: number;
  /** Processor time since its start, in ms: in the program, and in the system for it. */
  readonly userMs: number;
  readonly systemMs: number;
}

/** What this process has used up to now. */
export function processUsage(): ProcessUsage {
  const { rss, heapUsed } = Deno.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    memoryOctets: rss,
    heapOctets: heapUsed,
    userMs: user / 1000,
    systemMs: system / 1000,
  };
}
