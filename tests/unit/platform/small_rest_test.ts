import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("smallRest() reads from a place to the end, if that is not too much", async (t) => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  await Deno.writeTextFile(path, "0123456789");
  const cases = [
    { start: 0, maxOctets: 10, want: "0123456789" },
    { start: 4, maxOctets: 6, want: "456789" },
    { start: 10, maxOctets: 6, want: "" },
    { start: 11, maxOctets: 6, want: "" },
    { start: 3, maxOctets: 6, want: undefined },
  ];
  for (const { want, ...range } of cases) {
    await t.step(JSON.stringify(range), async () => {
      const bytes = await diskFiles().smallRest(path, range);
      strictEqual(bytes && new TextDecoder().decode(bytes), want);
    });
  }
});

Deno.test("smallRest() reads as much as the system gives at a time", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  const content = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
  await Deno.writeFile(path, content);
  const rest = await diskFiles().smallRest(path, { start: 1, maxOctets: 100_000 });
  equal(rest, content.subarray(1));
});

Deno.test("smallRest() rejects where there is no file", async () => {
  await using dir = await tempDir();
  const range = { start: 0, maxOctets: 100 };
  await rejects(diskFiles().smallRest(`${dir.path}/none`, range), Deno.errors.NotFound);
});
