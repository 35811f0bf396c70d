import type { AppendFile, Chunks, Files } from "../../src/platform/mod.ts";

/** What becomes of the call during which the machine stops: nothing, a part, or all of it. */
export type CrashMode = "undone" | "half done" | "done";

/** The machine stopped; nothing answers any more. */
export class CrashError extends Error {
  override name = "CrashError";
}

/** A disk that stops in the middle of its work and takes no call from then on. */
export interface CrashingFiles {
  readonly files: Files;
  readonly calls: number;
  readonly crashed: boolean;
}

/**
 * Wraps {@linkcode Files} and stops the machine at the `crashAt`-th call, counted from 1; 0 never.
 * An append or a new file that is half done has the first 60 of 100 octets.
 */
export function crashingFiles(
  real: Files,
  { crashAt, mode }: { crashAt: number; mode: CrashMode },
): CrashingFiles {
  let calls = 0;
  let crashed = false;
  const gone = () => Promise.reject(new CrashError("The machine has stopped"));
  const crashingAppend = (file: AppendFile): AppendFile => {
    const during = async (work: () => Promise<void>, half: () => Promise<void>): Promise<void> => {
      if (crashed) return await gone();
      calls++;
      if (calls !== crashAt) return await work();
      if (mode === "done") await work();
      if (mode === "half done") await half();
      crashed = true;
      return await gone();
    };
    return {
      append: (bytes) =>
        during(
          () => file.append(bytes),
          () => file.append(bytes.subarray(0, Math.ceil(0.6 * bytes.length))),
        ),
      truncate: (octets) => during(() => file.truncate(octets), () => Promise.resolve()),
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  };
  const files = new Proxy(real, {
    get(target, name: keyof Files) {
      const call = (target[name] as (...args: unknown[]) => unknown).bind(target);
      return (...args: unknown[]) => {
        if (crashed) return name === "read" ? failing() : gone();
        calls++;
        if (calls !== crashAt) {
          const result = call(...args);
          return name === "openAppend"
            ? (result as Promise<AppendFile>).then(crashingAppend)
            : result;
        }
        if (name === "read") {
          crashed = true;
          return failing();
        }
        // A body may still come from the disk while it is written.
        return lastCall(call, name, args, mode).finally(() => crashed = true).then(gone);
      };
    },
  });
  return {
    files,
    get calls() {
      return calls;
    },
    get crashed() {
      return crashed;
    },
  };
}

async function lastCall(
  call: (...args: unknown[]) => unknown,
  name: keyof Files,
  args: readonly unknown[],
  mode: CrashMode,
): Promise<void> {
  if (mode === "done") await call(...args);
  if (mode !== "half done" || (name !== "append" && name !== "create")) return;
  const [path, body, options] = args as [string, Chunks, unknown];
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  let left = Math.ceil(0.6 * chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  const half = chunks.map((chunk) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    return part;
  });
  await call(path, half, options);
}

/** The drop files and the bins are on different file systems: a rename between them is refused. */
export function twoFileSystems(real: Files): Files {
  return {
    ...real,
    rename: (from, to) => {
      const crosses = from.includes("/in/") !== to.includes("/in/");
      const error = Object.assign(new Error("Invalid cross-device link"), { code: "EXDEV" });
      return crosses ? Promise.reject(error) : real.rename(from, to);
    },
  };
}

function failing(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.error(new CrashError("The machine has stopped"));
    },
  });
}
