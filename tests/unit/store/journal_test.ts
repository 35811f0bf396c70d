import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { type Database, openDatabase } from "../../../src/platform/mod.ts";
import { type FetchedState, openJournal } from "../../../src/store/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

const stored: FetchedState = { kind: "stored", queueId: "Q1", atMs: 1000, fingerprint: "abc" };
const dud: FetchedState = { kind: "dud", atMs: 2000 };

Deno.test("FetchJournal.set() notes messages of one account and not of another", () => {
  using database = openDatabase(":memory:");
  const journal = openJournal(database);
  journal.set("bob@pop", [{ uidl: "1", state: stored }, { uidl: "2", state: dud }]);
  assertEquals(journal.get("bob@pop", "1"), stored);
  assertEquals(journal.get("bob@pop", "2"), dud);
  assertEquals(journal.get("amy@pop", "1"), undefined);
  assertEquals(journal.get("bob@pop", "3"), undefined);
});

Deno.test("FetchJournal.set() replaces what was noted before", () => {
  using database = openDatabase(":memory:");
  const journal = openJournal(database);
  journal.set("bob@pop", [{ uidl: "1", state: dud }]);
  journal.set("bob@pop", [{ uidl: "1", state: stored }]);
  assertEquals(journal.entries("bob@pop"), [{ uidl: "1", state: stored }]);
});

Deno.test("FetchJournal.keepOnly() forgets the rest of that account alone", () => {
  using database = openDatabase(":memory:");
  const journal = openJournal(database);
  for (const account of ["bob@pop", "amy@pop"]) {
    journal.set(account, [{ uidl: "1", state: stored }, { uidl: "2", state: stored }]);
  }
  journal.keepOnly("bob@pop", ["2", "3"]);
  assertEquals(journal.entries("bob@pop").map((entry) => entry.uidl), ["2"]);
  assertEquals(journal.entries("amy@pop").map((entry) => entry.uidl), ["1", "2"]);
});

Deno.test("FetchJournal is there again when its database is opened again", async () => {
  await using dir = await tempDir();
  {
    using database = openDatabase(`${dir.path}/dmail.db`);
    openJournal(database).set("bob@pop", [{ uidl: "1", state: stored }]);
  }
  using database = openDatabase(`${dir.path}/dmail.db`);
  assertEquals(openJournal(database).get("bob@pop", "1"), stored);
});

Deno.test("FetchJournal.set() notes none of its messages when the database fails half-way", () => {
  using real = openDatabase(":memory:");
  let inserts = 0;
  const failing: Database = {
    ...real,
    run: (sql, ...values) => {
      if (sql.startsWith("INSERT") && ++inserts === 2) throw new Error("database or disk is full");
      return real.run(sql, ...values);
    },
    [Symbol.dispose]() {},
  };
  const journal = openJournal(failing);
  throws(
    () => journal.set("bob@pop", [{ uidl: "1", state: stored }, { uidl: "2", state: stored }]),
    /disk is full/,
  );
  assertEquals(journal.entries("bob@pop"), []);
});
