/** Final delivery adds a Return-Path where there is none (RFC 5321 section 4.4). */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { delivery, locked, storeAt, texts, uidsNow } from "../../support/maildrop_store.ts";
import { tempDir } from "../../support/temp_dir.ts";

const COLLECTED = "Received: by us\r\nReturn-Path: <writer@world.example>\r\nA: 1\r\n\r\nhi\r\n";

Deno.test("deliver() leaves a message the Return-Path it has", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  await store.deliver("bob", [delivery("q1", COLLECTED)]);
  await using maildrop = await locked(store, "bob");
  deepStrictEqual(await texts(maildrop), [`X-UIDL: q1\r\n${COLLECTED}`]);
});

Deno.test("wasDelivered() knows a message with a Return-Path of its own, also by a new store", async () => {
  await using dir = await tempDir();
  await storeAt(dir.path).deliver("bob", [delivery("q1", COLLECTED), delivery("q2", COLLECTED)]);
  const store = storeAt(dir.path);
  strictEqual(await store.wasDelivered("bob", "q2"), true);
  strictEqual(await store.wasDelivered("bob", "q3"), false);
  deepStrictEqual(await uidsNow(store, "bob"), ["q1", "q2"]);
});

Deno.test("deliver() takes no Return-Path of the body for one of the header", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  const quoted = "Subject: bounce\r\n\r\nReturn-Path: <other@world.example>\r\n";
  await store.deliver("bob", [delivery("q1", quoted)]);
  await using maildrop = await locked(store, "bob");
  deepStrictEqual(await texts(maildrop), [
    `Return-Path: <fred@a.example>\r\nX-UIDL: q1\r\n${quoted}`,
  ]);
});

Deno.test("deliver() looks for a Return-Path also in a message larger than it keeps in memory", async () => {
  await using dir = await tempDir();
  const store = storeAt(dir.path);
  const large = COLLECTED + "x".repeat(70).concat("\r\n").repeat(6000);
  await store.deliver("bob", [delivery("q1", large)]);
  await using maildrop = await locked(store, "bob");
  strictEqual((await texts(maildrop))[0] === `X-UIDL: q1\r\n${large}`, true);
});
