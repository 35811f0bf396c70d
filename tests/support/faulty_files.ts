import type { Files } from "../../src/platform/mod.ts";

/** A disk on which one call fails. */
export interface FaultyFiles {
  readonly files: Files;
  /** How many calls were made so far: run once without a fault to learn where to fail. */
  readonly calls: number;
}

/**
 * Wraps {@linkcode Files} and fails the `failAt`-th call, counted from 1, with `error`; 0 fails
 * none. With `andAllAfter` the disk stays broken, as a full one does.
 */
export function faultyFiles(
  real: Files,
  { failAt, error, andAllAfter = false }: { failAt: number; error: Error; andAllAfter?: boolean },
): FaultyFiles {
  let calls = 0;
  const files = new Proxy(real, {
    get(target, name: keyof Files) {
      return (...args: unknown[]) => {
        calls++;
        if (calls === failAt || (andAllAfter && failAt > 0 && calls > failAt)) {
          return name === "read" ? failingStream(error) : Promise.reject(error);
        }
        return (target[name] as (...args: unknown[]) => unknown)(...args);
      };
    },
  });
  return {
    files,
    get calls() {
      return calls;
    },
  };
}

/** What a full disk says. */
export function diskFullError(): Error {
  return Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
}

function failingStream(error: Error): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.error(error);
    },
  });
}
