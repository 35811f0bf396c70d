import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Serial } from "../../../src/store/serial.ts";

Deno.test("Serial runs work one after the other, in the order it was asked for", async () => {
  const serial = new Serial();
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = serial.run(async () => {
    events.push("first begins");
    await gate.promise;
    events.push("first ends");
  });
  const second = serial.run(() => Promise.resolve(void events.push("second")));
  strictEqual(serial.idle, false);
  gate.resolve();
  await Promise.all([first, second]);
  deepStrictEqual(events, ["first begins", "first ends", "second"]);
  strictEqual(serial.idle, true);
});

Deno.test("Serial goes on after a failure, which only the one who asked hears of", async () => {
  const serial = new Serial();
  const failed = serial.run(() => Promise.reject(new Error("disk full")));
  const next = serial.run(() => Promise.resolve("done"));
  await rejects(failed, /disk full/);
  strictEqual(await next, "done");
  strictEqual(serial.idle, true);
});
