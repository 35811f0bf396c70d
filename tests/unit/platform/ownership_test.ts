import { rejects, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import { isRoot } from "../../support/root.ts";
import { tempDir } from "../../support/temp_dir.ts";

const files = diskFiles();
const unix = Deno.build.os !== "windows";
const text = (words: string) => [new TextEncoder().encode(words)];

Deno.test({
  name: "stat() tells the owner, and what a link is when it is not followed",
  ignore: !unix,
  async fn() {
    await using directory = await tempDir();
    const [file, link] = [`${directory.path}/file`, `${directory.path}/link`];
    await Deno.writeTextFile(file, "mail");
    await Deno.symlink(file, link);
    strictEqual((await files.stat(link))?.kind, "file");
    strictEqual((await files.stat(link))?.uid, Deno.uid());
    strictEqual((await files.stat(link, { followLinks: false }))?.kind, "other");
    strictEqual((await files.stat(file, { followLinks: false }))?.kind, "file");
    strictEqual(await files.stat(`${file}.gone`, { followLinks: false }), undefined);
  },
});

Deno.test({
  name: "append() writes through no link when it is told not to follow it",
  ignore: !unix,
  async fn() {
    await using directory = await tempDir();
    const [file, link] = [`${directory.path}/file`, `${directory.path}/link`];
    await Deno.writeTextFile(file, "mail");
    await Deno.symlink(file, link);
    await rejects(files.append(link, text("more"), { followLinks: false }), /a link, not a file/);
    strictEqual(await Deno.readTextFile(file), "mail");
    await files.append(file, text(" more"), { followLinks: false });
    await files.append(link, text(" again"));
    strictEqual(await Deno.readTextFile(file), "mail more again");
  },
});

Deno.test({
  name: "chown() gives a file away and lets it keep its group",
  ignore: !isRoot(),
  async fn() {
    await using directory = await tempDir();
    const path = `${directory.path}/file`;
    await Deno.writeTextFile(path, "");
    await Deno.chown(path, 0, 8);
    await files.chown(path, 1234);
    const { uid, gid } = await Deno.stat(path);
    strictEqual(`${uid}:${gid}`, "1234:8");
  },
});

Deno.test({
  name: "chown() gives away a link itself, not what it leads to",
  ignore: !isRoot(),
  async fn() {
    await using directory = await tempDir();
    const [file, link] = [`${directory.path}/file`, `${directory.path}/link`];
    await Deno.writeTextFile(file, "");
    await Deno.symlink(file, link);
    await files.chown(link, 1234);
    strictEqual((await Deno.stat(file)).uid, 0);
    strictEqual((await Deno.lstat(link)).uid, 1234);
  },
});
