import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type Connection, LineReader, LineTooLongError } from "../../../src/platform/mod.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A peer that sends these chunks and ends. */
class ChunkedConnection implements Connection {
  readonly remote = { host: "127.0.0.1", port: 1 };
  readonly local = { host: "127.0.0.1", port: 2 };
  /** The largest room the reader ever offered: how much memory it holds, about. */
  largestRead = 0;
  readonly #chunks: Uint8Array[];

  constructor(chunks: readonly string[]) {
    this.#chunks = chunks.map((chunk) => encoder.encode(chunk));
  }

  read(into: Uint8Array): Promise<number | null> {
    this.largestRead = Math.max(this.largestRead, into.length);
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return Promise.resolve(null);
    const taken = chunk.subarray(0, into.length);
    into.set(taken);
    if (taken.length < chunk.length) this.#chunks.unshift(chunk.subarray(taken.length));
    return Promise.resolve(taken.length);
  }

  write(): Promise<void> {
    return Promise.resolve();
  }
  closeWrite(): Promise<void> {
    return Promise.resolve();
  }
  close(): void {}
  [Symbol.dispose](): void {}
}

function reader(chunks: readonly string[], maxLineOctets = 100): LineReader {
  return new LineReader(new ChunkedConnection(chunks), { maxLineOctets });
}

/** All lines, `<too long>` for those that are. */
async function lines(reader: LineReader): Promise<string[]> {
  const found: string[] = [];
  while (true) {
    try {
      const line = await reader.readLine();
      if (line === undefined) return found;
      found.push(decoder.decode(line));
    } catch (error) {
      if (!(error instanceof LineTooLongError)) throw error;
      found.push("<too long>");
    }
  }
}

Deno.test("readLine() gives lines without their ends", async (t) => {
  const cases: { chunks: string[]; want: string[] }[] = [
    { chunks: [], want: [] },
    { chunks: ["NOOP\r\n"], want: ["NOOP"] },
    { chunks: ["NOOP\n"], want: ["NOOP"] },
    { chunks: ["\r\n", "\n"], want: ["", ""] },
    { chunks: ["a\r\nb\r\nc\r\n"], want: ["a", "b", "c"] },
    { chunks: ["N", "OO", "P\r", "\nQ", "UIT\r\n"], want: ["NOOP", "QUIT"] },
    { chunks: ["a\rb\r\r\n"], want: ["a\rb\r"] },
    { chunks: ["whole\r\n", "unfinished"], want: ["whole"] },
    { chunks: ["ü\r\n"], want: ["ü"] },
  ];
  for (const { chunks, want } of cases) {
    await t.step(JSON.stringify(chunks), async () => {
      deepStrictEqual(await lines(reader(chunks)), want);
    });
  }
});

Deno.test("readLine() bounds a line, and goes on with the one after it", async (t) => {
  const cases: { chunks: string[]; want: string[] }[] = [
    { chunks: ["12345678\r\n"], want: ["12345678"] },
    { chunks: ["12345678\n"], want: ["12345678"] },
    { chunks: ["123456789\r\nok\r\n"], want: ["<too long>", "ok"] },
    { chunks: ["123456789\nok\n"], want: ["<too long>", "ok"] },
    { chunks: ["12345678", "\r", "\nok\r\n"], want: ["12345678", "ok"] },
    { chunks: ["x".repeat(100_000), "\r\nok\r\n"], want: ["<too long>", "ok"] },
    { chunks: ["x".repeat(100_000)], want: ["<too long>"] },
    { chunks: Array(1000).fill("x").concat("\n", "ok\n"), want: ["<too long>", "ok"] },
  ];
  for (const { chunks, want } of cases) {
    await t.step(`${chunks.join("").length} octets in ${chunks.length} chunks`, async () => {
      deepStrictEqual(await lines(reader(chunks, 8)), want);
    });
  }
});

Deno.test("readLine() gives the same lines however they are cut into chunks", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\r", "\n", "é"), maxLength: 60 });
  await fc.assert(fc.asyncProperty(
    text,
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
    async (text, sizes) => {
      const chunks: string[] = [];
      for (let at = 0, n = 0; at < text.length; n++) {
        const size = sizes[n % sizes.length] ?? 1;
        chunks.push(text.slice(at, at + size));
        at += size;
      }
      deepStrictEqual(await lines(reader(chunks, 5)), await lines(reader([text], 5)));
    },
  ));
});

Deno.test("readLine() gives exactly what the peer sent", async () => {
  const line = fc.string({ unit: fc.constantFrom("a", "é", "\r", " ", "\0"), maxLength: 30 })
    .filter((line) => !line.endsWith("\r"));
  await fc.assert(fc.asyncProperty(fc.array(line), async (sent) => {
    deepStrictEqual(await lines(reader([sent.map((l) => l + "\r\n").join("")])), sent);
  }));
});

Deno.test("readLine() holds no more memory than its bound asks for", async () => {
  const peer = new ChunkedConnection(Array(2000).fill("x".repeat(1000)));
  await rejects(new LineReader(peer, { maxLineOctets: 1000 }).readLine(), LineTooLongError);
  ok(peer.largestRead <= 4000, `${peer.largestRead} octets`);
});

Deno.test("endedWithCrLf tells how the last line ended", async () => {
  const lines = reader(["a\r\nb\n\r\n\n"]);
  const ends: boolean[] = [];
  while (await lines.readLine() !== undefined) ends.push(lines.endedWithCrLf);
  deepStrictEqual(ends, [true, false, true, false]);
});

Deno.test("discard() forgets what was pipelined behind a line", async () => {
  const lines = reader(["STLS\r\nUSER bob\r\n", "QUIT\r\n"]);
  await lines.readLine();
  strictEqual(lines.bufferedOctets, "USER bob\r\n".length);
  strictEqual(lines.discard(), "USER bob\r\n".length);
  strictEqual(lines.bufferedOctets, 0);
  strictEqual(decoder.decode(await lines.readLine()), "QUIT");
});

Deno.test("readSome() gives octets between lines as they come, up to a bound", async () => {
  const source = reader(["BDAT 6\r\nabcdef", "ghi", "NOOP\r\n"]);
  await source.readLine();
  const some: string[] = [];
  for (const max of [4, 4, 2, 4]) some.push(decoder.decode(await source.readSome(max)));
  deepStrictEqual(some, ["abcd", "ef", "gh", "i"]);
  strictEqual(decoder.decode(await source.readLine()), "NOOP");
  strictEqual(await source.readSome(10), undefined);
});
