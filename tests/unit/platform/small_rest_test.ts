import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("smallRest() reads from a place to the end", async (t) => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  await Deno.writeTextFile(path, "0123456789");
  const cases = [
    { start: 0, want: "0123456789" },
    { start: 4, want: "456789" },
    { start: 10, want: "" },
    { start: 11, want: "" },
  ];
  for (const { start, want } of cases) {
    await t.step(String(start), async () => {
      strictEqual(new TextDecoder().decode(await diskFiles().smallRest(path, start)), want);
    });
  }
});

Deno.test("smallRest() reads no file that is large", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  const content = Uint8Array.from({ length: 128 * 1024 + 1 }, (_, at) => at % 251);
  await Deno.writeFile(path, content);
  strictEqual(await diskFiles().smallRest(path, 1), undefined);
  await Deno.truncate(path, 128 * 1024);
  equal(await diskFiles().smallRest(path, 1), content.slice(1, -1));
});

Deno.test("smallRest() rejects where there is no file", async () => {
  await using dir = await tempDir();
  await rejects(diskFiles().smallRest(`${dir.path}/none`, 0), Deno.errors.NotFound);
});
