import { writeAll } from "./write_all.ts";

/** A file that only grows, open from one append to the next. Disposing closes it. */
export interface AppendFile extends Disposable {
  /**
   * Appends `bytes` and makes them durable. If it throws some of them may stand in the file: the
   * caller cuts them off. Calls must not overlap.
   */
  append(bytes: Uint8Array): Promise<void>;
  /** Cuts the file to `sizeOctets` and makes that durable. */
  truncate(sizeOctets: number): Promise<void>;
}

/** Opens a new file on the real disk; its name is not durable yet. */
export async function openNewAppendFile(path: string, mode: number): Promise<AppendFile> {
  const file = await Deno.open(path, { append: true, createNew: true, mode });
  let closed = false;
  return {
    async append(bytes) {
      await writeAll(file, bytes);
      await file.sync();
    },
    async truncate(sizeOctets) {
      await file.truncate(sizeOctets);
      await file.sync();
    },
    [Symbol.dispose]() {
      if (!closed) file.close();
      closed = true;
    },
  };
}
