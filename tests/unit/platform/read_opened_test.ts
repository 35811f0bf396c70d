import { deepStrictEqual as assertEquals, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type OpenedFile } from "../../../src/platform/mod.ts";
import { octetText } from "../../support/octet_text.ts";
import { installed, run } from "../../support/peers.ts";
import { tempDir } from "../../support/temp_dir.ts";

const read = (path: string, options: { maxOctets?: number; followLinks?: boolean } = {}) =>
  diskFiles().readOpened(path, { maxOctets: 100, followLinks: false, ...options });

function textIn(opened: OpenedFile | undefined): string | undefined {
  return opened?.bytes && octetText(opened.bytes);
}

Deno.test("readOpened() gives a file with what it is", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/file`;
  await Deno.writeTextFile(path, "a@b.example\n");
  await Deno.chmod(path, 0o640);
  const opened = await read(path);
  strictEqual(textIn(opened), "a@b.example\n");
  assertEquals(opened?.info, await diskFiles().stat(path));
  assertEquals([opened?.info.uid, opened?.info.mode], [Deno.uid(), 0o640]);
});

Deno.test("readOpened() reads nothing where there is nothing", async () => {
  await using dir = await tempDir();
  strictEqual(await read(`${dir.path}/none`), undefined);
  await Deno.writeTextFile(`${dir.path}/file`, "");
  strictEqual(await read(`${dir.path}/file/none`), undefined);
  strictEqual(textIn(await read(`${dir.path}/file`)), "");
});

Deno.test("readOpened() reads no more than is asked for", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/file`, "x".repeat(10));
  strictEqual(textIn(await read(`${dir.path}/file`, { maxOctets: 10 })), "x".repeat(10));
  const opened = await read(`${dir.path}/file`, { maxOctets: 9 });
  assertEquals([opened?.info.sizeOctets, opened?.bytes], [10, undefined]);
});

Deno.test("readOpened() follows a link only if it may", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/file`, "text");
  await Deno.symlink(`${dir.path}/file`, `${dir.path}/link`);
  strictEqual(textIn(await read(`${dir.path}/link`, { followLinks: true })), "text");
  const opened = await read(`${dir.path}/link`);
  assertEquals([opened?.info.kind, opened?.bytes], ["other", undefined]);
});

Deno.test("readOpened() reads no directory, and rejects what it cannot follow", async () => {
  await using dir = await tempDir();
  const opened = await read(dir.path);
  assertEquals([opened?.info.kind, opened?.bytes], ["directory", undefined]);
  await Deno.symlink(`${dir.path}/a`, `${dir.path}/a`);
  await rejects(read(`${dir.path}/a`, { followLinks: true }), /ELOOP/);
});

Deno.test("readOpened() waits for nobody at a pipe", { ignore: !installed("mkfifo") }, async () => {
  await using dir = await tempDir();
  await run("mkfifo", [`${dir.path}/pipe`]);
  const opened = await read(`${dir.path}/pipe`);
  assertEquals([opened?.info.kind, opened?.bytes], ["other", undefined]);
});
