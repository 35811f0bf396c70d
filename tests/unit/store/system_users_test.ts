import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import { openSystemUsers } from "../../../src/store/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("find() finds by name and by number, as the file says now", async () => {
  await using directory = await tempDir();
  const path = `${directory.path}/passwd`;
  const users = openSystemUsers({ files: diskFiles(), path });
  strictEqual(await users.find("mail"), undefined);
  await Deno.writeTextFile(path, "mail:x:8:12::/var/mail:/bin/sh\n99:x:7:7::/:/bin/sh\n");
  const mail = { name: "mail", uid: 8, gid: 12, home: "/var/mail" };
  deepStrictEqual(await users.find("mail"), mail);
  deepStrictEqual(await users.find(8), mail);
  strictEqual((await users.find("99"))?.uid, 7);
  strictEqual(await users.find(99), undefined);
});

Deno.test("find() passes on that the file cannot be read", async () => {
  const files = { readAll: () => Promise.reject(new Error("EIO")) };
  await rejects(openSystemUsers({ files }).find("mail"), /EIO/);
});
