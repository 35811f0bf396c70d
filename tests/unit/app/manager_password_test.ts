import { deepStrictEqual as assertEquals, ok, rejects } from "node:assert/strict";
import { ManagerPassword } from "../../../src/app/manager_password.ts";
import { diskFiles, scryptKey } from "../../../src/platform/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("ManagerPassword tells right, wrong and not set apart", async () => {
  await using dir = await tempDir();
  const password = new ManagerPassword(dir.path, { files: diskFiles() });
  assertEquals(await password.check("secret"), "not set");
  await password.set("secret");
  assertEquals(await password.check("secret"), "right");
  assertEquals(await password.check("Secret"), "wrong");
  assertEquals(await password.check(""), "wrong");
  await password.set("another");
  assertEquals(await password.check("secret"), "wrong");
  assertEquals(await password.check("another"), "right");
});

Deno.test("ManagerPassword takes a letter and its accent for the letter with the accent", async () => {
  await using dir = await tempDir();
  const password = new ManagerPassword(dir.path, { files: diskFiles() });
  for (const [set, typed] of [["gr\u00fcn", "gru\u0308n"], ["gru\u0308n", "gr\u00fcn"]] as const) {
    await password.set(set);
    assertEquals([await password.check(typed), await password.check("grun")], ["right", "wrong"]);
  }
});

Deno.test("ManagerPassword keeps a hash that only the owner can read", async () => {
  await using dir = await tempDir();
  await new ManagerPassword(dir.path, { files: diskFiles() }).set("secret");
  const path = `${dir.path}/tellpass.dat`;
  ok(!(await Deno.readTextFile(path)).includes("secret"));
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("ManagerPassword.secret() tells the manager's port what is stored", async () => {
  await using dir = await tempDir();
  const password = new ManagerPassword(dir.path, { files: diskFiles() });
  assertEquals(await password.secret(), undefined);
  await password.set("secret");
  const secret = await password.secret();
  ok(secret);
  assertEquals(await scryptKey("secret", secret), Uint8Array.from(secret.key));
  await Deno.writeTextFile(`${dir.path}/tellpass.dat`, "not a hash\n");
  assertEquals(await password.secret(), undefined);
});

Deno.test("ManagerPassword refuses an empty password", async () => {
  await using dir = await tempDir();
  const password = new ManagerPassword(dir.path, { files: diskFiles() });
  await rejects(() => password.set(""), /empty/);
  assertEquals(await password.check(""), "not set");
});

Deno.test("ManagerPassword.set() keeps the old one whichever disk call fails", async (t) => {
  await using dir = await tempDir();
  const real = diskFiles();
  await new ManagerPassword(dir.path, { files: real }).set("old");
  for (let failAt = 1;; failAt++) {
    const faulty = faultyFiles(real, { failAt, error: diskFullError() });
    const password = new ManagerPassword(dir.path, { files: faulty.files });
    const failed = await password.set("new").then(() => false, () => true);
    if (!failed) break;
    await t.step(`disk call ${failAt}`, async () => {
      assertEquals(await new ManagerPassword(dir.path, { files: real }).check("old"), "right");
    });
  }
});
