import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("firstLine() reads lines of any length, and says where the rest begins", async (t) => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  for (const length of [0, 1, 4094, 4095, 4096, 4097, 65_535, 70_000, 200_000]) {
    for (const rest of ["", "rest\n", "x".repeat(5000)]) {
      await t.step(`${length} octets and then ${rest.length}`, async () => {
        const text = "ä".repeat(length / 2) + "a".repeat(length % 2);
        await Deno.writeTextFile(path, `${text}\n${rest}`);
        equal(await diskFiles().firstLine(path, 1_000_000), {
          text,
          octets: length + 1,
          sizeOctets: length + 1 + rest.length,
        });
      });
    }
  }
});

Deno.test("firstLine() refuses what has no end in time, or is not UTF-8", async (t) => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  const cases = [
    { name: "empty", bytes: new Uint8Array(0) },
    { name: "no LF", bytes: new Uint8Array(10).fill(65) },
    { name: "no LF in a long file", bytes: new Uint8Array(20_000).fill(65) },
    { name: "LF behind the limit", bytes: new Uint8Array(300_000).fill(65).fill(10, 299_000) },
    { name: "not UTF-8", bytes: new Uint8Array([0xff, 10]) },
  ];
  for (const { name, bytes } of cases) {
    await t.step(name, async () => {
      await Deno.writeFile(path, bytes);
      await rejects(diskFiles().firstLine(path, 10_000), SyntaxError);
    });
  }
});

Deno.test("firstLine() finds no file, and fails for a directory", async () => {
  await using dir = await tempDir();
  strictEqual(await diskFiles().firstLine(`${dir.path}/none`, 100), undefined);
  await rejects(diskFiles().firstLine(dir.path, 100));
});

Deno.test("firstLine() does not wait for somebody to write to a pipe", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/pipe`;
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  strictEqual(success, true);
  await rejects(diskFiles().firstLine(path, 100), SyntaxError);
});

Deno.test("listNames() names what is in a directory, and nothing of none", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/a`, "");
  await Deno.mkdir(`${dir.path}/b`);
  equal([...await diskFiles().listNames(dir.path)].sort(), ["a", "b"]);
  equal(await diskFiles().listNames(`${dir.path}/none`), []);
});
