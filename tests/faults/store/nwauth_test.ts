import { deepStrictEqual, ok } from "node:assert/strict";
import { diskFiles, type Files } from "../../../src/platform/mod.ts";
import { type Nwauth, openNwauth } from "../../../src/store/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

interface Case {
  readonly name: string;
  readonly act: (database: Nwauth) => Promise<unknown>;
  readonly mergeFromOctets: number;
  readonly after: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  {
    name: "set() of a new user",
    act: (database) => database.set("zoe", "new", ""),
    mergeFromOctets: 1000,
    after: { ann: "old", bob: "old", zoe: "new" },
  },
  {
    name: "set() with a merge",
    act: (database) => database.set("bob", "new", ""),
    mergeFromOctets: 1,
    after: { ann: "old", bob: "new" },
  },
  {
    name: "remove() with a merge",
    act: (database) => database.remove("bob"),
    mergeFromOctets: 1,
    after: { ann: "old" },
  },
];

const BEFORE = { ann: "old", bob: "old" };

for (const change of CASES) {
  Deno.test(`${change.name} leaves the old or the new state when any disk call fails`, async (t) => {
    const { calls } = await attempt(change, { failAt: 0 });
    ok(calls > 5, `only ${calls} disk calls`);
    for (let failAt = 1; failAt <= calls; failAt++) {
      for (const andAllAfter of [false, true]) {
        await t.step(`call ${failAt}${andAllAfter ? " and all after it" : ""}`, async () => {
          const { succeeded, found } = await attempt(change, { failAt, andAllAfter });
          const allowed = succeeded ? [change.after] : [BEFORE, change.after];
          ok(allowed.some((state) => same(state, found)), JSON.stringify(found));
        });
      }
    }
  });
}

Deno.test("a database reads on after the disk has recovered", async () => {
  await using dir = await tempDir();
  const faulty = faultyFiles(diskFiles(), { failAt: 1, error: diskFullError() });
  const database = open(dir.path, faulty.files, 1000);
  ok(await database.lookup("bob").then(() => false, () => true), "the look-up should fail");
  await database.set("bob", "new", "");
  deepStrictEqual(await database.list(), ["bob"]);
});

/** Makes the change on a disk with one fault, and looks at what a new process finds afterwards. */
async function attempt(
  { act, mergeFromOctets }: Case,
  { failAt, andAllAfter = false }: { failAt: number; andAllAfter?: boolean },
): Promise<{ succeeded: boolean; found: Record<string, string>; calls: number }> {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/nwauth.txt`, "ann:old:\nbob:older:\n");
  await Deno.writeTextFile(`${dir.path}/nwauth.add`, "bob:old:\nzoe:to");
  const faulty = faultyFiles(diskFiles(), { failAt, andAllAfter, error: diskFullError() });
  const database = open(dir.path, faulty.files, mergeFromOctets);
  const succeeded = await act(database).then(() => true, () => false);
  return { succeeded, found: await reopened(dir.path), calls: faulty.calls };
}

function open(path: string, files: Files, mergeFromOctets: number): Nwauth {
  return openNwauth({ path, files, clock: new ManualClock(), log: silentLog, mergeFromOctets });
}

/** What another process finds afterwards. */
async function reopened(path: string): Promise<Record<string, string>> {
  const database = open(path, diskFiles(), 1000);
  const found: Record<string, string> = {};
  for (const user of await database.list()) {
    found[user] = (await database.lookup(user))!.passwordHash;
  }
  return found;
}

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
