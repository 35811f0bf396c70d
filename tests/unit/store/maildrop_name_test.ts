import { strictEqual } from "node:assert/strict";
import { isMaildropName } from "../../../src/store/maildrop_name.ts";

Deno.test("isMaildropName() accepts names that are safe file names", async (t) => {
  const names = [
    "bob",
    "a_bob",
    "bob@a.example",
    "o'brien",
    "jürgen",
    "b ob",
    "x".repeat(78),
    "-",
    "bin",
    "inf",
  ];
  for (const name of names) await t.step(name, () => strictEqual(isMaildropName(name), true));
});

Deno.test("isMaildropName() refuses all others", async (t) => {
  const names = [
    "",
    ".",
    "..",
    ".bob",
    "a/b",
    "a\\b",
    "../etc/passwd",
    "c:bob",
    "bob\0",
    "bob\n",
    "bob\x9f",
    "bob.",
    "bob ",
    "bob|x",
    "bob*",
    "bob.bin",
    "bob.BIN",
    "bob_inf",
    "bob_INF.tmp",
    "bob.fwd",
    "\ud800",
    "x".repeat(79),
    "日".repeat(81),
  ];
  for (const name of names) {
    await t.step(JSON.stringify(name), () => strictEqual(isMaildropName(name), false));
  }
});
