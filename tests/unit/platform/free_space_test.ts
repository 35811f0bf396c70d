import { rejects, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("freeSpace() counts octets, also for what is not there yet", async () => {
  await using dir = await tempDir();
  for (const path of [dir.path, `${dir.path}/not/yet`]) {
    const octets = await diskFiles().freeSpace(path);
    strictEqual(Number.isSafeInteger(octets) && octets >= 0, true, String(octets));
  }
});

Deno.test("freeSpace() rejects what cannot become a directory", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/file`, "");
  await rejects(diskFiles().freeSpace(`${dir.path}/file/below`), /ENOTDIR/);
});
