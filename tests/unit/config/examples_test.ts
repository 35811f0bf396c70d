import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { formatProblem, loadConfig, referenceText } from "../../../src/config/mod.ts";
import { diskFiles, systemMachine } from "../../../src/platform/mod.ts";

const conf = new URL("../../../conf/", import.meta.url);

const examples = [...Deno.readDirSync(conf)].map(({ name }) => name)
  .filter((name) => name.endsWith(".conf")).sort();

Deno.test("conf/ has the examples that the README names", () => {
  assertEquals(examples, [
    "branch_atrn.conf",
    "branch_etrn.conf",
    "branch_popfetch.conf",
    "hub.conf",
    "minimal.conf",
    "office.conf",
  ]);
});

for (const name of examples) {
  Deno.test(`conf/${name} has no problem of any kind`, async () => {
    const result = await loadConfig({
      path: new URL(name, conf).pathname,
      files: diskFiles(),
      machine: systemMachine,
      version: "1.0.0",
      isPublic: () => Promise.resolve(false), // As installed, not as in a checkout.
    });
    assertEquals(result.problems.map(formatProblem), []);
    strictEqual(result.kind, "ok");
  });
}

Deno.test("conf/REFERENCE.md is what `deno task reference` writes", async () => {
  const written = await Deno.readTextFile(new URL("REFERENCE.md", conf));
  strictEqual(written, referenceText());
});
