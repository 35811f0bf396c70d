import { match, strictEqual } from "node:assert/strict";
import { loadConfig } from "../../../src/config/mod.ts";
import { diskFiles, systemMachine } from "../../../src/platform/mod.ts";
import { NEEDED_LINES } from "../../support/config_text.ts";
import { faultyFiles } from "../../support/faulty_files.ts";
import { tempDir } from "../../support/temp_dir.ts";

for (const failAt of [0, 1, 2]) {
  Deno.test(`loadConfig() reports a disk that fails at call ${failAt}, and takes no half`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/dmail.conf`;
    await Deno.writeTextFile(path, [...NEEDED_LINES, "#include more.conf"].join("\n"));
    await Deno.writeTextFile(`${dir.path}/more.conf`, "pop_port 1110");
    const { files } = faultyFiles(diskFiles(), { failAt, error: new Error("Input/output error") });
    const result = await loadConfig({ path, files, machine: systemMachine, version: "1.0.0" });
    strictEqual(result.kind, failAt === 0 ? "ok" : "bad");
    if (failAt === 0) return;
    strictEqual(result.problems.length, 1);
    strictEqual(result.problems[0]!.line, failAt === 1 ? 0 : NEEDED_LINES.length + 1);
    match(result.problems[0]!.message, /cannot be read \(Input\/output error\)/);
  });
}
