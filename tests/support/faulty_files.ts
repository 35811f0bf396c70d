import type { AppendFile, Files } from "../../src/platform/mod.ts";

/** A disk on which one call fails. */
export interface FaultyFiles {
  readonly files: Files;
  /** How many calls were made so far: run once without a fault to learn where to fail. */
  readonly calls: number;
  /** From now on the `failAt`-th call fails, counted from the next. */
  arm(failAt: number): void;
}

/**
 * Wraps {@linkcode Files} and fails the `failAt`-th call, counted from 1, with `error`; 0 fails
 * none. With `andAllAfter` the disk stays broken, as a full one does. Appending to an open file and
 * cutting it are calls too; an append that fails has written half.
 */
export function faultyFiles(
  real: Files,
  { failAt, error, andAllAfter = false }: { failAt: number; error: Error; andAllAfter?: boolean },
): FaultyFiles {
  let calls = 0;
  let failing = failAt;
  const fails = () => {
    calls++;
    return calls === failing || (andAllAfter && failing > 0 && calls > failing);
  };
  const files = new Proxy(real, {
    get(target, name: keyof Files) {
      return (...args: unknown[]) => {
        if (fails()) return name === "read" ? failingStream(error) : Promise.reject(error);
        const result = (target[name] as (...args: unknown[]) => unknown)(...args);
        return name === "openAppend"
          ? (result as Promise<AppendFile>).then((file) => faultyAppend(file, { fails, error }))
          : result;
      };
    },
  });
  return {
    files,
    get calls() {
      return calls;
    },
    arm(failAt) {
      failing = calls + failAt;
    },
  };
}

function faultyAppend(
  file: AppendFile,
  { fails, error }: { fails: () => boolean; error: Error },
): AppendFile {
  return {
    async append(bytes) {
      if (!fails()) return await file.append(bytes);
      await file.append(bytes.subarray(0, bytes.length / 2));
      throw error;
    },
    truncate: (octets) => fails() ? Promise.reject(error) : file.truncate(octets),
    [Symbol.dispose]: () => file[Symbol.dispose](),
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
