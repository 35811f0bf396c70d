import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Updates } from "../../../../src/servers/httpd/updates.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { FakeStatusSource, richSnapshot } from "../../../support/status_source.ts";

/** Updates that draw 1, 2, 3 …, and what drives them. */
function start() {
  const source = new FakeStatusSource();
  const clock = new ManualClock();
  const end = new AbortController();
  let drawn = 0;
  const updates = new Updates(() => Promise.resolve(++drawn));
  const running = updates.run({ source, clock, log: silentLog }, end.signal);
  return {
    source,
    clock,
    updates,
    drawn: () => drawn,
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
    },
    end,
  };
}

Deno.test("Updates draws once for all who look, and not at all for nobody", async () => {
  await using test = start();
  test.source.change(richSnapshot());
  await settle();
  strictEqual(test.drawn(), 0);
  const readers = [test.updates.follow(test.end.signal), test.updates.follow(test.end.signal)];
  deepStrictEqual(await Promise.all(readers.map((reader) => reader.next())), [
    { value: 1, done: false },
    { value: 1, done: false },
  ]);
  const next = readers.map((reader) => reader.next());
  test.source.change(richSnapshot());
  deepStrictEqual((await Promise.all(next)).map(({ value }) => value), [2, 2]);
});

Deno.test("Updates lets a slow reader miss what lies between", async () => {
  await using test = start();
  const reader = test.updates.follow(test.end.signal);
  await reader.next();
  for (let change = 0; change < 5; change++) {
    test.source.change(richSnapshot());
    await settle();
  }
  strictEqual((await reader.next()).value, 2);
  strictEqual(test.drawn(), 2);
});

Deno.test("Updates draws anew every 15 seconds when nothing happens", async () => {
  await using test = start();
  const reader = test.updates.follow(test.end.signal);
  await reader.next();
  const next = reader.next();
  await test.clock.advance(14_999);
  strictEqual(test.drawn(), 1);
  await test.clock.advance(1);
  strictEqual((await next).value, 2);
});

Deno.test("Updates.follow() ends when its reader has gone", async () => {
  await using test = start();
  const gone = new AbortController();
  const reader = test.updates.follow(gone.signal);
  await reader.next();
  const next = reader.next();
  gone.abort();
  strictEqual((await next).done, true);
});

Deno.test("Updates tries again for the next reader when drawing failed", async () => {
  let broken = true;
  const updates = new Updates(() =>
    broken ? Promise.reject(new Error("disk")) : Promise.resolve("drawn")
  );
  const { signal } = new AbortController();
  await rejects(updates.follow(signal).next(), /disk/);
  broken = false;
  strictEqual((await updates.follow(signal).next()).value, "drawn");
});

Deno.test("Updates goes on by the clock when the source fails, and says so", async () => {
  const clock = new ManualClock();
  const end = new AbortController();
  const said: string[] = [];
  const log = { ...silentLog, error: (event: string) => said.push(event) };
  const source = {
    // deno-lint-ignore require-yield
    async *changes(): AsyncGenerator<void> {
      await settle();
      throw new Error("no more");
    },
  };
  let drawn = 0;
  const updates = new Updates(() => Promise.resolve(++drawn));
  const running = updates.run({ source, clock, log }, end.signal);
  const reader = updates.follow(end.signal);
  await reader.next();
  const next = reader.next();
  await clock.advance(15_000);
  strictEqual((await next).value, 2);
  deepStrictEqual(said, ["Cannot follow changes any more"]);
  end.abort();
  await running;
});
