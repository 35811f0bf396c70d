import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { isMaildropName, maildropPaths } from "../../../src/store/maildrop_name.ts";

Deno.test("isMaildropName() accepts names that are safe file names", async (t) => {
  const names = ["bob", "a_bob", "bob@a.example", "o'brien", "jürgen", "b ob", "x".repeat(78), "-"];
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
    "\ud800",
    "x".repeat(79),
    "日".repeat(81),
  ];
  for (const name of names) {
    await t.step(JSON.stringify(name), () => strictEqual(isMaildropName(name), false));
  }
});

Deno.test("maildropPaths() stays below its directories for every name it accepts", () => {
  const base = { dropPath: "/in", binPath: "/bin" };
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 90 }), (name) => {
    if (!isMaildropName(name)) return throws(() => maildropPaths(name, base), RangeError);
    const { dropFile, binDir } = maildropPaths(name, base);
    strictEqual(new URL(`file://${encodeURI(dropFile)}`).pathname.lastIndexOf("/"), 3);
    strictEqual(binDir, `/bin/${name}.bin`);
  }));
});
