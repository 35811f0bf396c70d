import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { openDatabase } from "../../../src/platform/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("Database keeps what was committed when it is opened again", async () => {
  await using directory = await tempDir();
  const path = `${directory.path}/db`;
  {
    using database = openDatabase(path);
    database.exec("CREATE TABLE seen (uidl TEXT PRIMARY KEY, at INTEGER)");
    strictEqual(database.run("INSERT INTO seen VALUES (?, ?), ('b', 2)", "a", 1), 2);
  }
  using database = openDatabase(path);
  deepStrictEqual(database.all("SELECT uidl FROM seen ORDER BY at").map((row) => row.uidl), [
    "a",
    "b",
  ]);
  strictEqual(database.get("SELECT at FROM seen WHERE uidl = ?", "b")?.at, 2);
  strictEqual(database.get("SELECT at FROM seen WHERE uidl = ?", "c"), undefined);
});

Deno.test("transaction() commits all, or nothing and tells the first error", () => {
  using database = openDatabase(":memory:");
  database.exec("CREATE TABLE t (x INTEGER PRIMARY KEY)");
  strictEqual(database.transaction(() => database.run("INSERT INTO t VALUES (1)")), 1);
  throws(() =>
    database.transaction(() => {
      database.run("INSERT INTO t VALUES (2)");
      database.run("INSERT INTO t VALUES (1)");
    }), /UNIQUE/);
  strictEqual(database.get("SELECT count(*) AS n FROM t")?.n, 1);
});

Deno.test("transaction() tells the first error when SQLite has rolled back by itself", () => {
  using database = openDatabase(":memory:");
  database.exec("CREATE TABLE t (x INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
  throws(
    () => database.transaction(() => database.run("INSERT OR ROLLBACK INTO t VALUES (1)")),
    /UNIQUE/,
  );
  strictEqual(database.transaction(() => "works again"), "works again");
});

Deno.test("Database is durable at each commit", () => {
  using database = openDatabase(":memory:");
  strictEqual(database.get("PRAGMA synchronous")?.synchronous, 2);
});

Deno.test("Database can be disposed twice", () => {
  const database = openDatabase(":memory:");
  database[Symbol.dispose]();
  database[Symbol.dispose]();
  throws(() => database.exec("SELECT 1"));
});
