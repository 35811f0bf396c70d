import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { diskFiles, type FileInfo, type Files } from "../../../src/platform/mod.ts";
import { ForwardFileStore, type MaildropLayout } from "../../../src/store/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { layoutAt } from "../../support/maildrop_store.ts";
import { RememberingLog } from "../../support/remembering_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const UID = Deno.uid() ?? 0;
const STRANGER = UID + 1;

/** The store below `root`; `info` is what files are said to be, whatever they are. */
function rig(
  root: string,
  { files = diskFiles(), ourUid = UID, layout = layoutAt(root) }: {
    files?: Pick<Files, "readOpened">;
    ourUid?: number;
    layout?: MaildropLayout;
  } = {},
) {
  const log = new RememberingLog();
  const store = new ForwardFileStore({ files, log, layout: () => layout, ourUid: () => ourUid });
  return { store, log };
}

/** The disk, where files have another owner. */
function owned(uid: number): Pick<Files, "readOpened"> {
  return {
    async readOpened(path, options) {
      const opened = await diskFiles().readOpened(path, options);
      return opened && { ...opened, info: { ...opened.info, uid } };
    },
  };
}

async function writeForward(path: string, text: string, mode = 0o600): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
}

Deno.test("read() finds the .fwd file beside the drop file, wherever that is", async (t) => {
  const cases = [
    { user: "bob", special: {}, at: "in/bob.fwd" },
    { user: "bob", special: { hashSpool: 2 }, at: "in/b/o/bob.fwd" },
    { user: "dom1_bob", special: { hashSpool: 2 }, at: "v/b/o/dom1_bob.fwd" }, // 002:43
    { user: "dom1_bob", special: { dropPrefix: false }, at: "v/bob.fwd" },
  ] as const;
  for (const { user, special, at } of cases) {
    await t.step(at, async () => {
      await using dir = await tempDir();
      const virtualDomains = [{ prefix: "dom1", dropPath: `${dir.path}/v` }];
      const { store } = rig(dir.path, {
        layout: layoutAt(dir.path, { ...special, virtualDomains }),
      });
      assertEquals(await store.read({ user }, ".fwd"), { kind: "none" });
      const path = `${dir.path}/${at}`;
      await writeForward(path, "a@b.example\n");
      const want = { kind: "found", text: "a@b.example\n", path };
      assertEquals(await store.read({ user }, ".fwd"), want);
    });
  }
});

Deno.test("read() finds .forward in the home directory", async () => {
  await using dir = await tempDir();
  const { store } = rig(dir.path);
  const owner = { user: "bob", uid: UID, home: `${dir.path}/home` };
  assertEquals(await store.read(owner, ".forward"), { kind: "none" });
  await writeForward(`${owner.home}/.forward`, "x@y.example", 0o644);
  const want = { kind: "found", text: "x@y.example", path: `${owner.home}/.forward` };
  assertEquals(await store.read(owner, ".forward"), want);
  assertEquals(await store.read({ user: "bob", uid: UID }, ".forward"), { kind: "none" });
});

Deno.test("read() sees each change at once", async () => {
  await using dir = await tempDir();
  const { store } = rig(dir.path);
  const path = `${dir.path}/in/bob.fwd`;
  for (const text of ["one@b.example", "two@b.example"]) {
    await writeForward(path, text);
    assertEquals(await store.read({ user: "bob" }, ".fwd"), { kind: "found", text, path });
  }
  await Deno.remove(path);
  assertEquals(await store.read({ user: "bob" }, ".fwd"), { kind: "none" });
});

Deno.test("read() leaves alone, with a warning, what others may have written", async (t) => {
  const cases = [
    { name: "writable by the group", mode: 0o620, why: /chmod go-w/ },
    { name: "writable by everybody", mode: 0o602, why: /chmod go-w/ },
    { name: "of a stranger", files: owned(STRANGER + 1), why: /belongs to user number/ },
  ];
  for (const { name, mode = 0o600, files, why } of cases) {
    for (const kind of [".fwd", ".forward"] as const) {
      await t.step(`${kind} ${name}`, async () => {
        await using dir = await tempDir();
        const { store, log } = rig(dir.path, files ? { files } : {});
        await writeForward(`${dir.path}/in/bob.fwd`, "a@b.example", mode);
        await writeForward(`${dir.path}/home/.forward`, "a@b.example", mode);
        const owner = { user: "bob", uid: UID, home: `${dir.path}/home` };
        assertEquals(await store.read(owner, kind), { kind: "none" });
        match(String(log.of("Left a forward file alone")[0]?.reason), why);
      });
    }
  }
});

Deno.test("read() knows whose files count", async (t) => {
  const [us, user, root] = [501, 502, 0];
  const cases = [
    { kind: ".fwd", of: us, want: "found" },
    { kind: ".fwd", of: user, want: "found" },
    { kind: ".fwd", of: root, want: "found" },
    { kind: ".fwd", of: 503, want: "none" },
    { kind: ".forward", of: user, want: "found" },
    { kind: ".forward", of: root, want: "found" },
    { kind: ".forward", of: us, want: "none" },
    { kind: ".forward", of: 503, want: "none" },
  ] as const;
  for (const { kind, of, want } of cases) {
    await t.step(`${kind} of ${of}`, async () => {
      await using dir = await tempDir();
      const { store } = rig(dir.path, { files: owned(of), ourUid: us });
      await writeForward(`${dir.path}/in/bob.fwd`, "a@b.example");
      await writeForward(`${dir.path}/home/.forward`, "a@b.example");
      const owner = { user: "bob", uid: user, home: `${dir.path}/home` };
      strictEqual((await store.read(owner, kind)).kind, want);
    });
  }
});

Deno.test("read() finds none for a user who can have no drop file, nor is it waited for", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path, {
    virtualDomains: [{ prefix: "v", dropPath: `${dir.path}/in/sub` }],
  });
  const { store, log } = rig(dir.path, { layout });
  for (const user of ["sub", "../x"]) {
    assertEquals(await store.read({ user }, ".fwd"), { kind: "none" });
  }
  assertEquals(log.entries, []);
});

Deno.test("read() follows a link of .forward only to a file of the user's own", async (t) => {
  const cases = [
    { of: 502, want: "found" },
    { of: 0, want: "none" },
    { of: 501, want: "none" },
  ];
  for (const { of, want } of cases) {
    await t.step(String(of), async () => {
      await using dir = await tempDir();
      await writeForward(`${dir.path}/home/dots`, "a@b.example");
      await Deno.symlink(`${dir.path}/home/dots`, `${dir.path}/home/.forward`);
      const { store } = rig(dir.path, { files: owned(of), ourUid: 501 });
      const owner = { user: "bob", uid: 502, home: `${dir.path}/home` };
      strictEqual((await store.read(owner, ".forward")).kind, want);
    });
  }
});

Deno.test("read() follows no link of .fwd, and takes no directory for a file", async () => {
  await using dir = await tempDir();
  const { store, log } = rig(dir.path);
  await writeForward(`${dir.path}/in/real`, "a@b.example");
  await Deno.symlink(`${dir.path}/in/real`, `${dir.path}/in/bob.fwd`);
  await Deno.mkdir(`${dir.path}/in/ann.fwd`);
  for (const user of ["bob", "ann"]) {
    assertEquals(await store.read({ user }, ".fwd"), { kind: "none" });
  }
  strictEqual(log.of("Left a forward file alone").length, 2);
});

Deno.test("read() does not take a file that is too long, or a broken disk, for no file", async (t) => {
  await using dir = await tempDir();
  await writeForward(`${dir.path}/in/bob.fwd`, "x".repeat(64 * 1024 + 1));
  const broken = faultyFiles(diskFiles(), { failAt: 1, error: diskFullError() }).files;
  const denied: Pick<Files, "readOpened"> = {
    readOpened: () => Promise.reject(new Deno.errors.PermissionDenied("no")),
  };
  const cases = [{ name: "too long" }, { name: "broken", files: broken }, {
    name: "denied",
    files: denied,
  }];
  for (const { name, ...special } of cases) {
    await t.step(name, async () => {
      const { store, log } = rig(dir.path, special);
      const { kind, ...rest } = await store.read({ user: "bob" }, ".fwd");
      strictEqual(kind, "unavailable");
      strictEqual(JSON.stringify(rest).includes(dir.path), false); // It may reach a client.
      strictEqual(log.events("error").length, 1);
    });
  }
});

Deno.test("read() asks the disk once where there is no file", async () => {
  await using dir = await tempDir();
  const counting = faultyFiles(diskFiles(), { failAt: 0, error: diskFullError() });
  const { store } = rig(dir.path, { files: counting.files });
  await store.read({ user: "bob" }, ".fwd");
  strictEqual(counting.calls, 1);
});

Deno.test("read() looks at no owner where there are none", async () => {
  const info: FileInfo = { kind: "file", sizeOctets: 1, mtimeMs: 0 };
  const files = { readOpened: () => Promise.resolve({ info, bytes: new Uint8Array(1) }) };
  const { store } = rig("/root", { files });
  strictEqual((await store.read({ user: "bob" }, ".fwd")).kind, "found");
});
