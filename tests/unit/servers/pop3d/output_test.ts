import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Connection } from "../../../../src/platform/mod.ts";
import { ConnectionLostError, Output } from "../../../../src/servers/pop3d/output.ts";
import { octetText } from "../../../support/octet_text.ts";

/** A connection that remembers what was written, a string a write. */
function writing(writes: string[], error?: Error): Connection {
  return {
    remote: { host: "10.0.0.1", port: 1 },
    local: { host: "10.0.0.2", port: 110 },
    read: () => Promise.resolve(null),
    write: (bytes) =>
      error ? Promise.reject(error) : Promise.resolve(void writes.push(octetText(bytes))),
    closeWrite: () => Promise.resolve(),
    close() {},
    [Symbol.dispose]() {},
  };
}

Deno.test("Output writes small replies together, when told to", async () => {
  const writes: string[] = [];
  const output = new Output(writing(writes), () => {});
  await output.reply({ ok: true, text: "one" });
  await output.reply({ ok: false, code: "AUTH", text: "two" });
  deepStrictEqual(writes, []);
  await output.flush();
  await output.flush();
  deepStrictEqual(writes, ["+OK one\r\n-ERR [AUTH] two\r\n"]);
});

Deno.test("Output keeps the order of small and large pieces, and bounds what it collects", async () => {
  const writes: string[] = [];
  let progress = 0;
  const output = new Output(writing(writes), () => progress++);
  const pieces = ["a", "b".repeat(20_000), "c", "d".repeat(16_384), "e".repeat(10_000), "f"];
  for (const piece of pieces) await output.text(piece);
  await output.flush();
  strictEqual(writes.join(""), pieces.join(""));
  ok(writes.every((written) => written.length <= 20_000));
  strictEqual(progress, writes.length);
});

Deno.test("Output.lines() writes a listing in pieces and ends it", async () => {
  const writes: string[] = [];
  const output = new Output(writing(writes), () => {});
  const lines = Array.from({ length: 10_000 }, (_, i) => `${i} 1000`);
  await output.lines({ ok: true, text: "" }, lines);
  await output.flush();
  strictEqual(writes.join(""), ["+OK", ...lines, ".", ""].join("\r\n"));
  ok(writes.length < 20 && writes.every((written) => written.length <= 16_384));
});

Deno.test("Output says that the connection is lost, and keeps the cause", async () => {
  const output = new Output(writing([], new Error("Broken pipe")), () => {});
  await output.text("a");
  await rejects(output.flush(), (error) => {
    ok(error instanceof ConnectionLostError);
    strictEqual(String(error.cause), "Error: Broken pipe");
    return true;
  });
});
