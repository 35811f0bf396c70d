import { strictEqual } from "node:assert/strict";
import { isAbsolutePath, isAbsolutePathOn } from "../../../src/formats/absolute_path.ts";

Deno.test("isAbsolutePath() knows whole paths of both systems", async (t) => {
  const cases = [
    { path: "/var/mail", either: true, unix: true, windows: true },
    { path: "c:\\mail", either: true, unix: false, windows: true },
    { path: "D:/mail", either: true, unix: false, windows: true },
    { path: "\\\\server\\mail", either: true, unix: false, windows: true },
    { path: "mail", either: false, unix: false, windows: false },
    { path: "./mail", either: false, unix: false, windows: false },
    { path: "c:mail", either: false, unix: false, windows: false },
    { path: "", either: false, unix: false, windows: false },
  ];
  for (const { path, either, unix, windows } of cases) {
    await t.step(JSON.stringify(path), () => {
      strictEqual(isAbsolutePath(path), either);
      strictEqual(isAbsolutePathOn("unix", path), unix);
      strictEqual(isAbsolutePathOn("windows", path), windows);
    });
  }
});
