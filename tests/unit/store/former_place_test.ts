import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import type { MaildropLayout } from "../../../src/store/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { delivery, layoutAt, storeAt, uidsNow } from "../../support/maildrop_store.ts";
import { RememberingLog } from "../../support/remembering_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const EVENT = "Mail lies where it is not looked for: move it there, or change the setting back";

const virtual = (root: string) => [{ prefix: "abc", dropPath: `${root}/v` }];

/** The places named by the warnings, below `root`. */
function placesIn(log: RememberingLog, root: string): unknown[] {
  return log.of(EVENT).map(({ found, expected }) =>
    [found, expected].map((path) => String(path).replace(`${root}/`, ""))
  );
}

Deno.test("a maildrop says at its first use that its mail lies elsewhere", async (t) => {
  type Special = (root: string) => Partial<MaildropLayout>;
  const cases: { name: string; user: string; was: Special; is: Special; want: string[] }[] = [
    {
      name: "hash_spool",
      user: "bob",
      was: () => ({}),
      is: () => ({ hashSpool: 2 }),
      want: ["in/bob", "in/b/o/bob"],
    },
    {
      name: "hash_spool back",
      user: "bob",
      was: () => ({ hashSpool: 1 }),
      is: () => ({}),
      want: ["in/o/bob", "in/bob"],
    },
    {
      name: "drop_prefix",
      user: "abc_bob",
      was: (root) => ({ virtualDomains: virtual(root) }),
      is: (root) => ({ virtualDomains: virtual(root), dropPrefix: false }),
      want: ["v/abc_bob", "v/bob"],
    },
    {
      name: "alt_drop_path",
      user: "bob",
      was: () => ({}),
      is: (root) => ({ main: { dropPath: `${root}/in`, altDropPath: `${root}/alt` } }),
      want: ["in/bob", "alt/bob"],
    },
  ];
  for (const { name, user, was, is, want } of cases) {
    await t.step(name, async () => {
      await using dir = await tempDir();
      const before = layoutAt(dir.path, was(dir.path));
      await storeAt(dir.path, { layout: () => before }).deliver(user, [delivery("q1", "A: 1\r\n")]);
      const log = new RememberingLog();
      const now = layoutAt(dir.path, is(dir.path));
      const store = storeAt(dir.path, { layout: () => now, log });
      strictEqual((await store.size(user)).messages, 0);
      await store.size(user);
      assertEquals(placesIn(log, dir.path), [want]);
    });
  }
});

Deno.test("a maildrop says so of its bin, too", async () => {
  await using dir = await tempDir();
  const beside = (hashSpool: 0 | 2) => {
    const { binPath: _, ...layout } = layoutAt(dir.path, { hashSpool });
    return () => layout;
  };
  const before = storeAt(dir.path, { layout: beside(0) });
  await before.deliver("bob", [delivery("q1", "A: 1\r\n")]);
  await uidsNow(before, "bob");
  const log = new RememberingLog();
  await storeAt(dir.path, { layout: beside(2), log }).deliver("bob", [delivery("q2", "B: 2\r\n")]);
  assertEquals(placesIn(log, dir.path), [["in/bob.bin", "in/b/o/bob.bin"]]);
});

Deno.test("a maildrop says nothing where all is in its place, or is another user's", async (t) => {
  await t.step("mail in both places", async () => {
    await using dir = await tempDir();
    const log = new RememberingLog();
    const now = layoutAt(dir.path, { hashSpool: 2 });
    await storeAt(dir.path).deliver("bob", [delivery("q1", "A: 1\r\n")]);
    await storeAt(dir.path, { layout: () => now }).deliver("bob", [delivery("q2", "A: 1\r\n")]);
    await storeAt(dir.path, { layout: () => now, log }).size("bob");
    assertEquals(log.entries, []);
  });
  await t.step("no mail at all", async () => {
    await using dir = await tempDir();
    const log = new RememberingLog();
    await storeAt(dir.path, { log }).size("bob");
    assertEquals(log.entries, []);
  });
  await t.step("a user of the main domain called like one of a virtual domain", async () => {
    await using dir = await tempDir();
    const log = new RememberingLog();
    const layout = layoutAt(dir.path, {
      virtualDomains: [{ prefix: "abc", dropPath: `${dir.path}/in` }],
    });
    const store = storeAt(dir.path, { layout: () => layout, log });
    await store.deliver("bob", [delivery("q1", "A: 1\r\n")]);
    await store.size("abc_bob");
    assertEquals(log.entries, []);
  });
});

Deno.test("a maildrop works on when it cannot be said where its mail lies", async () => {
  await using dir = await tempDir();
  for (let failAt = 1; failAt <= 6; failAt++) {
    const { files } = faultyFiles(diskFiles(), { failAt, error: diskFullError() });
    strictEqual((await storeAt(dir.path, { files }).size("bob")).messages, 0, `call ${failAt}`);
  }
});
