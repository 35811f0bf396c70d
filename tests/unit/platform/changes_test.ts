import { strictEqual } from "node:assert/strict";
import { Changes } from "../../../src/platform/mod.ts";

Deno.test("next() ends at a change, for all who wait", async () => {
  const changes = new Changes();
  const { signal } = new AbortController();
  const waiting = [changes.next(signal), changes.next(signal)];
  const before = changes.version;
  changes.notify();
  await Promise.all(waiting);
  strictEqual(changes.version === before, false);
});

Deno.test("next() ends with the signal, without a change", async () => {
  const changes = new Changes();
  const stop = new AbortController();
  const waiting = changes.next(stop.signal);
  const before = changes.version;
  stop.abort();
  await waiting;
  strictEqual(changes.version, before);
});
