import type { Config } from "../config/mod.ts";

/** What is made of the configuration of now; it is made anew only when that is another one. */
export function perConfig<T>(config: () => Config, make: (config: Config) => T): () => T {
  let last: { readonly of: Config; readonly made: T } | undefined;
  return () => {
    const now = config();
    if (last?.of !== now) last = { of: now, made: make(now) };
    return last.made;
  };
}
