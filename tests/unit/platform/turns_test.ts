import { deepStrictEqual, rejects } from "node:assert/strict";
import { Turns } from "../../../src/platform/turns.ts";

Deno.test("Turns.take() runs work of one name in order, also after a failure", async () => {
  const turns = new Turns();
  const gate = Promise.withResolvers<void>();
  const ran: string[] = [];
  const first = rejects(
    turns.take("a", async () => {
      await gate.promise;
      ran.push("first");
      throw new Error("Failed");
    }),
    /Failed/,
  );
  const second = turns.take("a", () => Promise.resolve(ran.push("second")));
  await turns.take("b", () => Promise.resolve(ran.push("other")));
  deepStrictEqual(ran, ["other"]);
  gate.resolve();
  await Promise.all([first, second]);
  deepStrictEqual(ran, ["other", "first", "second"]);
});
