import { deepStrictEqual as assertEquals, rejects, strictEqual } from "node:assert/strict";
import { diskFiles } from "../../../src/platform/mod.ts";
import type { MaildropLimits } from "../../../src/store/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { delivery, storeAt, uidsNow } from "../../support/maildrop_store.ts";
import { RememberingLog } from "../../support/remembering_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const BODY = "Subject: x\r\n\r\n" + "y".repeat(200) + "\r\n";

/** A store in which bob has a message in the bin and one in the drop file. */
async function bobs(root: string, limits: MaildropLimits, log = new RememberingLog()) {
  const store = storeAt(root, { limits, log });
  await store.deliver("bob", [delivery("q1", BODY)]);
  await uidsNow(store, "bob");
  await store.deliver("bob", [delivery("q2", BODY)]);
  return store;
}

Deno.test("room() is there while there are no limits, and looks at nothing for it", async () => {
  await using dir = await tempDir();
  const { files, ...counting } = faultyFiles(diskFiles(), { failAt: 1, error: diskFullError() });
  strictEqual(await storeAt(dir.path, { files }).room("bob", 10 ** 12), "ok");
  strictEqual(counting.calls, 0);
  await rejects(storeAt(dir.path).room("../bob", 0), RangeError);
});

Deno.test("room() keeps the drop file below drop_max", async () => {
  await using dir = await tempDir();
  const limits: { dropMaxOctets: number } = { dropMaxOctets: 1 };
  const store = await bobs(dir.path, limits);
  const dropped = (await Deno.stat(`${dir.path}/in/bob`)).size;
  for (
    const { max, octets, want } of [
      { max: dropped, octets: 0, want: "drop file full" },
      { max: dropped + 1, octets: 0, want: "ok" },
      { max: dropped + 100, octets: 100, want: "ok" },
      { max: dropped + 100, octets: 101, want: "drop file full" },
    ]
  ) {
    limits.dropMaxOctets = max;
    strictEqual(await store.room("bob", octets), want, `${max} ${octets}`);
  }
  await uidsNow(store, "bob"); // Who logs in empties the drop file.
  strictEqual(await store.room("bob", 101), "ok");
  strictEqual(await store.room("nobody", dropped + 101), "drop file full");
});

Deno.test("room() counts drop file and bin against the quota", async () => {
  await using dir = await tempDir();
  const quota: { defaultOctets: number } = { defaultOctets: 0 };
  const store = await bobs(dir.path, { quota });
  const used = (await store.size("bob")).octets;
  for (
    const { allowed, octets, want } of [
      { allowed: used, octets: 0, want: "over quota" },
      { allowed: used + 1, octets: 0, want: "ok" },
      { allowed: used + 50, octets: 50, want: "ok" },
      { allowed: used + 50, octets: 51, want: "over quota" },
    ]
  ) {
    quota.defaultOctets = allowed;
    strictEqual(await store.room("bob", octets), want, `${allowed} ${octets}`);
  }
  await using maildrop = await store.lock("bob");
  await maildrop?.remove(["q1"]);
  strictEqual(await store.room("bob", 51), "ok");
});

Deno.test("room() takes the quota of the _inf file before the common one", async (t) => {
  const cases = [
    { inf: "quota 10\n", quota: {}, want: "over quota" },
    { inf: "quota 10\n", quota: { defaultOctets: 100_000 }, want: "over quota" },
    { inf: "quota 100000\n", quota: { defaultOctets: 10 }, want: "ok" },
    { inf: "used 5\n", quota: { defaultOctets: 10 }, want: "over quota" },
    { inf: "used 5\n", quota: {}, want: "ok" },
    { inf: "quota 10\n", quota: undefined, want: "ok" },
  ];
  for (const { inf, quota, want } of cases) {
    await t.step(JSON.stringify({ inf, quota }), async () => {
      await using dir = await tempDir();
      const store = await bobs(dir.path, quota ? { quota } : { dropMaxOctets: 10 ** 9 });
      await Deno.writeTextFile(`${dir.path}/bin/bob_inf`, inf);
      strictEqual(await store.room("bob", 100), want);
    });
  }
});

Deno.test("room() goes by the common quota where it cannot read the user's own, and says so", async () => {
  await using dir = await tempDir();
  const log = new RememberingLog();
  const store = await bobs(dir.path, { quota: { defaultOctets: 10 } }, log);
  await Deno.writeTextFile(`${dir.path}/bin/bob_inf`, "quota 10MB\n");
  strictEqual(await store.room("bob", 0), "over quota");
  assertEquals(log.events("warn"), ["Cannot read a user's quota, using the common one"]);
});

Deno.test("room() rejects when the disk does: nobody knows then", async () => {
  await using dir = await tempDir();
  const limits = { dropMaxOctets: 10 ** 9, quota: { defaultOctets: 10 ** 9 } };
  await bobs(dir.path, limits);
  const ask = async (failAt: number) => {
    const faulty = faultyFiles(diskFiles(), { failAt, error: diskFullError(), andAllAfter: true });
    await storeAt(dir.path, { limits, files: faulty.files }).room("bob", 1);
    return faulty.calls;
  };
  const calls = await ask(0);
  for (let failAt = 1; failAt <= calls; failAt++) await rejects(ask(failAt), `call ${failAt}`);
});
