import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { readSources } from "../../../src/config/sources.ts";
import { diskFiles, parentOf } from "../../../src/platform/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

async function write(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(parentOf(`${directory}/${name}`), { recursive: true });
    await Deno.writeTextFile(`${directory}/${name}`, text);
  }
}

Deno.test("readSources() puts included lines in their place, each with its own file and line", async () => {
  await using dir = await tempDir();
  await write(dir.path, {
    "dmail.conf": "a 1\n#include sub/lists.conf\nb 2\n",
    "sub/lists.conf": "# lists\nc 3\n#include ../users.conf\nd 4\n",
    "users.conf": "e 5",
  });
  const at = (name: string) => `${dir.path}/${name}`;
  const sources = await readSources({ path: at("dmail.conf"), files: diskFiles() });
  assertEquals(sources.problems, []);
  assertEquals(sources.files, [at("dmail.conf"), at("sub/lists.conf"), at("users.conf")]);
  assertEquals(sources.lines.map(({ name, text, file, line }) => [name, text, file, line]), [
    ["a", "1", at("dmail.conf"), 1],
    ["c", "3", at("sub/lists.conf"), 2],
    ["e", "5", at("users.conf"), 1],
    ["d", "4", at("sub/lists.conf"), 4],
    ["b", "2", at("dmail.conf"), 3],
  ]);
});

Deno.test("readSources() names the line that closes a circle", async () => {
  await using dir = await tempDir();
  await write(dir.path, {
    "dmail.conf": "#include b.conf",
    "b.conf": "\n#include ./x/../dmail.conf",
  });
  const path = `${dir.path}/dmail.conf`;
  const { problems } = await readSources({ path, files: diskFiles() });
  strictEqual(problems.length, 1);
  strictEqual(problems[0]!.file, `${dir.path}/b.conf`);
  strictEqual(problems[0]!.line, 2);
  match(problems[0]!.message, /includes itself/);
});

Deno.test("readSources() bounds the depth and the number of files", async () => {
  await using dir = await tempDir();
  for (let level = 0; level < 12; level++) {
    await write(dir.path, { [`${level}.conf`]: `#include ${level + 1}.conf` });
  }
  const deep = await readSources({ path: `${dir.path}/0.conf`, files: diskFiles() });
  match(deep.problems[0]!.message, /deeper than 8/);
  strictEqual(deep.files.length, 9);

  await write(dir.path, { "wide.conf": "#include leaf.conf\n".repeat(80), "leaf.conf": "a 1" });
  const wide = await readSources({ path: `${dir.path}/wide.conf`, files: diskFiles() });
  match(wide.problems[0]!.message, /More than 64 files/);
  strictEqual(wide.files.length, 64);
});

Deno.test("readSources() says what is not there, at the line that asks for it", async () => {
  await using dir = await tempDir();
  const none = await readSources({ path: `${dir.path}/none.conf`, files: diskFiles() });
  assertEquals(none.problems.map(({ file, line }) => [file, line]), [[`${dir.path}/none.conf`, 0]]);
  match(none.problems[0]!.message, /There is no file .*-i/);

  await write(dir.path, { "dmail.conf": "a 1\n#include none.conf\nb 2", "dir/x": "" });
  const part = await readSources({ path: `${dir.path}/dmail.conf`, files: diskFiles() });
  assertEquals(part.problems.map(({ file, line }) => [file, line]), [[
    `${dir.path}/dmail.conf`,
    2,
  ]]);
  assertEquals(part.lines.map(({ name }) => name), ["a", "b"]);

  await write(dir.path, { "dmail.conf": "#include dir" });
  const directory = await readSources({ path: `${dir.path}/dmail.conf`, files: diskFiles() });
  match(directory.problems[0]!.message, /cannot be read/);
});

Deno.test("readSources() refuses a file that is far too large", async () => {
  await using dir = await tempDir();
  await write(dir.path, { "dmail.conf": "# ".repeat(600_000) });
  const { problems, lines } = await readSources({
    path: `${dir.path}/dmail.conf`,
    files: diskFiles(),
  });
  match(problems[0]!.message, /cannot be read .*at most 1048576/);
  assertEquals(lines, []);
});

Deno.test("readSources() resolves names as Windows writes them", async () => {
  const asked: string[] = [];
  const texts: Record<string, string> = {
    "c:\\dmail\\dmail.conf": "#include lists\\a.conf\n#include \\\\server\\share\\b.conf",
  };
  const files = {
    ...diskFiles(),
    readAll(path: string) {
      asked.push(path);
      return Promise.resolve(new TextEncoder().encode(texts[path] ?? ""));
    },
  };
  await readSources({ path: "c:\\dmail\\dmail.conf", files });
  assertEquals(asked, [
    "c:\\dmail\\dmail.conf",
    "c:\\dmail\\lists\\a.conf",
    "\\\\server\\share\\b.conf",
  ]);
});
