import { concatenated } from "../../src/formats/byte_transform.ts";
import type { AppendFile, Chunks, FileInfo, Files, FirstLine } from "../../src/platform/mod.ts";

/** The calls of {@linkcode Files} that a spool makes. */
type SpoolFiles = Omit<
  Files,
  "append" | "truncate" | "tryLock" | "chown" | "readOpened" | "freeSpace"
>;

/**
 * A disk in memory that forgets what was not synced. Removals come back at a {@linkcode powerCut}
 * unless their directory was synced after them.
 */
export class MemoryFiles implements SpoolFiles {
  readonly #content = new Map<string, Uint8Array<ArrayBuffer>>();
  /** What a power cut would bring back. */
  readonly #removed = new Map<string, Uint8Array<ArrayBuffer>>();

  /** When all files were written last. */
  writtenMs = 0;
  /** Files that may not be read. */
  readonly forbidden = new Set<string>();

  /** As {@linkcode Files}: a test that calls what is left out fails. */
  get files(): Files {
    return this as unknown as Files;
  }

  /** @param comesBack Whether the n-th removal that was not synced is undone; a disk may note any. */
  powerCut(comesBack: (index: number) => boolean = () => true): void {
    for (const [index, [path, bytes]] of [...this.#removed].entries()) {
      if (comesBack(index)) this.#content.set(path, bytes);
    }
    this.#removed.clear();
  }

  /** Another disk with the same files. */
  copy(): MemoryFiles {
    const copy = new MemoryFiles();
    for (const [path, bytes] of this.#content) copy.#content.set(path, bytes);
    return copy;
  }

  names(): readonly string[] {
    return [...this.#content.keys()].map((path) => path.slice(path.lastIndexOf("/") + 1)).sort();
  }

  async create(path: string, body: Chunks): Promise<number> {
    if (this.#content.has(path)) throw new Error(`Exists already: ${path}`);
    const parts: Uint8Array[] = [];
    for await (const chunk of body) parts.push(chunk.slice());
    const whole = concatenated(parts);
    this.#content.set(path, whole.slice());
    return whole.length;
  }

  openAppend(path: string): Promise<AppendFile> {
    if (this.#content.has(path)) return Promise.reject(new Error(`Exists already: ${path}`));
    this.#content.set(path, new Uint8Array(0));
    const change = (content: Uint8Array<ArrayBuffer>): Promise<void> => {
      if (this.#content.has(path)) this.#content.set(path, content);
      return Promise.resolve();
    };
    const content = () => this.#content.get(path) ?? new Uint8Array(0);
    return Promise.resolve({
      append: (bytes) => change(Uint8Array.from(concatenated([content(), bytes]))),
      truncate: (octets) => change(content().slice(0, octets)),
      [Symbol.dispose]: () => {},
    });
  }

  replace(path: string, bytes: Uint8Array): Promise<void> {
    this.#content.set(path, bytes.slice());
    return Promise.resolve();
  }

  rename(from: string, to: string): Promise<void> {
    const bytes = this.#content.get(from);
    if (bytes === undefined) return Promise.reject(new Deno.errors.NotFound(from));
    this.#content.delete(from);
    this.#content.set(to, bytes);
    return this.syncDir();
  }

  remove(path: string): Promise<void> {
    const bytes = this.#content.get(path);
    if (bytes !== undefined) this.#removed.set(path, bytes);
    this.#content.delete(path);
    return Promise.resolve();
  }

  read(path: string, { start = 0, end = Infinity } = {}): ReadableStream<Uint8Array> {
    const bytes = this.#content.get(path);
    return new ReadableStream({
      start(controller) {
        if (bytes === undefined) throw new Deno.errors.NotFound(path);
        if (bytes.length > start) controller.enqueue(bytes.slice(start, end));
        controller.close();
      },
    });
  }

  smallRest(path: string, start: number): Promise<Uint8Array | undefined> {
    const content = this.#content.get(path);
    if (content === undefined) return Promise.reject(new Deno.errors.NotFound(path));
    return Promise.resolve(content.length > 128 * 1024 ? undefined : content.slice(start));
  }

  async firstLine(path: string): Promise<FirstLine | undefined> {
    const content = this.#content.get(path);
    if (content === undefined) return undefined;
    if (this.forbidden.has(path)) throw new Deno.errors.PermissionDenied(path);
    const end = content.indexOf(0x0a);
    if (end < 0) throw new SyntaxError("No end of the first line");
    const text = new TextDecoder().decode(content.subarray(0, end));
    return await Promise.resolve({ text, octets: end + 1, sizeOctets: content.length });
  }

  readAll(path: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#content.get(path)?.slice());
  }

  async listNames(path: string): Promise<readonly string[]> {
    return (await this.list(path)).map(({ name }) => name);
  }

  list(path: string) {
    const inside = [...this.#content.keys()].filter((name) => name.startsWith(`${path}/`));
    const names = inside.map((name) => name.slice(path.length + 1)).sort();
    return Promise.resolve(names.map((name) => ({ name, kind: "file" as const })));
  }

  /** A directory is one as long as there is a file in it. */
  stat(path: string): Promise<FileInfo | undefined> {
    const sizeOctets = this.#content.get(path)?.length;
    if (sizeOctets !== undefined) {
      return Promise.resolve({ kind: "file", sizeOctets, mtimeMs: this.writtenMs });
    }
    const isDirectory = this.#content.keys().some((name) => name.startsWith(`${path}/`));
    return Promise.resolve(
      isDirectory ? { kind: "directory", sizeOctets: 0, mtimeMs: 0 } : undefined,
    );
  }

  makeDir(): Promise<void> {
    return Promise.resolve();
  }

  syncDir(): Promise<void> {
    this.#removed.clear();
    return Promise.resolve();
  }
}
