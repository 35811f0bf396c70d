import { strictEqual } from "node:assert/strict";
import { readableByAll } from "../../../src/platform/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test({
  name: "readableByAll() looks at what others may do, and is no for a file that is not there",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    const path = `${dir.path}/file`;
    strictEqual(await readableByAll(path), false);
    await Deno.writeTextFile(path, "");
    for (
      const [mode, want] of [[0o644, true], [0o604, true], [0o660, false], [0o600, false]] as const
    ) {
      await Deno.chmod(path, mode);
      strictEqual(await readableByAll(path), want, mode.toString(8));
    }
  },
});
