import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { killMoments, strikeAt } from "../../support/kill_moments.ts";
import { LineConn } from "../../support/line_conn.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { watchLine } from "../../support/watched_line.ts";

/** A server that answers each line with itself, and remembers it. */
function startEcho() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: string[] = [];
  const serving = (async () => {
    for await (const conn of listener) {
      using session = new LineConn(conn);
      for (let line = await session.text(); line !== undefined; line = await session.text()) {
        heard.push(line);
        await session.write(`${line}\r\n`);
      }
    }
  })().catch(() => {}); // It ends when the listener is closed.
  return {
    port: listener.addr.port,
    heard,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test("killMoments() gives the same moments for the same seed, of every kind", () => {
  const moments = killMoments(200, new SeededRandom(3), { DELE: 4 });
  assertEquals(moments, killMoments(200, new SeededRandom(3), { DELE: 4 }));
  assertEquals(
    [...new Set(moments.map(({ kind }) => kind))].sort(),
    ["after command", "after start", "at disk change", "before command"],
  );
});

for (
  const { kind, heard } of [
    { kind: "before command", heard: ["DELE 1", "NOOP"] },
    { kind: "after command", heard: ["DELE 1", "NOOP", "DELE 2"] },
  ] as const
) {
  Deno.test(`strikeAt() strikes ${kind} n`, async () => {
    await using echo = await startEcho();
    await using line = watchLine(echo.port);
    using client = await LineConn.open(line.port);
    const struck = strikeAt({ kind, verb: "DELE", number: 2 }, {
      strike: () => client.close(),
      directories: [],
      line,
      done: new AbortController().signal,
    });
    const ended = Promise.withResolvers<void>();
    line.onEnd = ended.resolve;
    await client.write("DELE 1\r\nNOOP\r\nDELE 2\r\n");
    strictEqual(await struck, true);
    await ended.promise;
    assertEquals(echo.heard, heard);
  });
}

Deno.test("strikeAt() strikes at a change on the disk", async () => {
  await using temp = await tempDir();
  let strikes = 0;
  const struck = strikeAt({ kind: "at disk change", number: 1 }, {
    strike: () => strikes++,
    directories: [temp.path],
    done: new AbortController().signal,
  });
  await Deno.writeTextFile(`${temp.path}/file`, "text");
  strictEqual(await struck, true);
  strictEqual(strikes, 1);
});

Deno.test("strikeAt() gives up when all is done before the moment", async (t) => {
  await using temp = await tempDir();
  await using echo = await startEcho();
  await using line = watchLine(echo.port);
  for (
    const moment of [
      { kind: "after start", ms: 60_000 },
      { kind: "at disk change", number: 1000 },
      { kind: "after command", verb: "QUIT", number: 1 },
    ] as const
  ) {
    await t.step(moment.kind, async () => {
      const done = new AbortController();
      let strikes = 0;
      const strike = () => strikes++;
      const options = { strike, directories: [temp.path], line, done: done.signal };
      const struck = strikeAt(moment, options);
      done.abort();
      strictEqual(await struck, false);
      strictEqual(strikes, 0);
    });
  }
});
