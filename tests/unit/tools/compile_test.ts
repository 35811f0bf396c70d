import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { explainFailure, outputFor, parseRequest, TARGETS } from "../../../tools/compile.ts";

Deno.test("parseRequest() builds for this machine, one target or all", async (t) => {
  const cases = [
    { args: [], targets: [undefined] },
    { args: ["--all"], targets: TARGETS },
    { args: ["--target", "x86_64-pc-windows-msvc"], targets: ["x86_64-pc-windows-msvc"] },
    { args: ["--target=aarch64-apple-darwin"], targets: ["aarch64-apple-darwin"] },
  ];
  for (const { args, targets } of cases) {
    await t.step(args.join(" "), () => {
      deepStrictEqual(parseRequest(args), { kind: "build", targets });
    });
  }
});

Deno.test("parseRequest() refuses what it does not know", async (t) => {
  for (
    const args of [["--target"], ["--target", "vax"], ["--al"], ["--all", "x"], ["--target=", "x"]]
  ) {
    await t.step(args.join(" "), () => strictEqual(parseRequest(args).kind, "usage"));
  }
});

Deno.test("outputFor() names the executable after its target", async (t) => {
  const cases = [
    { target: undefined, os: "linux", want: "dist/dmail" },
    { target: undefined, os: "windows", want: "dist/dmail.exe" },
    {
      target: "x86_64-pc-windows-msvc",
      os: "linux",
      want: "dist/dmail-x86_64-pc-windows-msvc.exe",
    },
    { target: "aarch64-apple-darwin", os: "windows", want: "dist/dmail-aarch64-apple-darwin" },
  ];
  for (const { target, os, want } of cases) {
    await t.step(want, () => strictEqual(outputFor(target, os), want));
  }
});

Deno.test("explainFailure() says what to do when the runtime base cannot be downloaded", () => {
  match(
    explainFailure(undefined, "error sending request for url (https://dl.deno.land/x): dns error"),
    /Cannot download the runtime base for this machine .*; use deno task pack/,
  );
  strictEqual(explainFailure(undefined, "error: Module not found\n"), "error: Module not found");
});
