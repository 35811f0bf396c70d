import { createGuard, type Guard, type GuardOptions } from "../../src/domain/guard/mod.ts";
import type { Clock, Log } from "../../src/platform/mod.ts";
import { silentLog } from "./silent_log.ts";

/** Nobody is banned and nobody remembered, but for what `options` say. */
export function guardWith(
  options: Partial<GuardOptions>,
  { clock, log = silentLog }: { clock: Clock; log?: Log },
): Guard {
  const off = { banRule: undefined, noLimit: [], upstream: undefined, recentLoginMs: undefined };
  return createGuard(() => ({ ...off, ...options }), { clock, log });
}
