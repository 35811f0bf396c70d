import { rejects, strictEqual } from "node:assert/strict";
import { orAborted } from "../../../src/platform/mod.ts";

const never = () => Promise.withResolvers<never>().promise;

Deno.test("orAborted() ends as the promise does while nobody aborts", async () => {
  const { signal } = new AbortController();
  strictEqual(await orAborted(Promise.resolve(7), signal), 7);
  await rejects(orAborted(Promise.reject(new Error("Line down")), signal), /Line down/);
});

Deno.test("orAborted() ends with the reason of the signal, also of one aborted before", async () => {
  const stop = new AbortController();
  const waiting = rejects(orAborted(never(), stop.signal), /Enough/);
  stop.abort(new Error("Enough"));
  await waiting;
  await rejects(orAborted(never(), stop.signal), /Enough/);
});
