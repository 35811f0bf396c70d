import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  createUserAdmin,
  createUserNames,
  type UserAdmin,
} from "../../../../src/domain/accounts/mod.ts";
import { diskFiles } from "../../../../src/platform/mod.ts";
import { type Nwauth, openNwauth } from "../../../../src/store/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { tempDir } from "../../../support/temp_dir.ts";

function setUp(path: string, { withDomain = false } = {}): { admin: UserAdmin; database: Nwauth } {
  const clock = new ManualClock();
  const database = openNwauth({ path, files: diskFiles(), clock, log: silentLog });
  const admin = createUserAdmin({
    database,
    passwords: { hash: (password) => Promise.resolve(`hash of ${password}`) },
    names: () =>
      createUserNames({
        hostDomains: ["office.test"],
        virtualDomains: [
          { prefix: "Shop", domain: "shop.test", match: { kind: "suffix", suffix: "/s" } },
        ],
        separator: "_",
        withDomain,
      }),
  });
  return { admin, database };
}

Deno.test("addUser() adds once, under one name", async (t) => {
  await using dir = await tempDir();
  const { admin, database } = setUp(dir.path);
  const cases = [
    { name: "Bob", want: { kind: "added", user: "bob" } },
    { name: "bob", want: { kind: "already exists", user: "bob" } },
    { name: "BOB@office.test", want: { kind: "already exists", user: "bob" } },
    { name: "ann@office.test", want: { kind: "added", user: "ann" } },
    { name: "Bob@Shop.test", want: { kind: "added", user: "shop_bob" } },
    { name: "shop_bob", want: { kind: "already exists", user: "shop_bob" } },
    { name: "bob/s", want: { kind: "already exists", user: "shop_bob" } },
    {
      name: "ann@offcie.test",
      want: { kind: "invalid", reason: "Not a domain of this server: ann@offcie.test" },
    },
    { name: "", want: { kind: "invalid", reason: "A user name is missing" } },
  ];
  for (const { name, want } of cases) {
    await t.step(JSON.stringify(name), async () => {
      deepStrictEqual(await admin.addUser(name, "secret"), want);
    });
  }
  deepStrictEqual(await admin.listUsers(), ["ann", "bob", "shop_bob"]);
  strictEqual((await database.lookup("bob"))?.passwordHash, "hash of secret");
});

Deno.test("addUser() writes the domain into the database if authent_domain says so", async (t) => {
  await using dir = await tempDir();
  const { admin } = setUp(dir.path, { withDomain: true });
  const cases = [
    { name: "bob", want: { kind: "added", user: "bob@office.test" } },
    { name: "bob@shop.test", want: { kind: "added", user: "bob@shop.test" } },
    { name: "shop_bob", want: { kind: "already exists", user: "bob@shop.test" } },
    {
      name: "bob@elsewhere.test",
      want: { kind: "invalid", reason: "Not a domain of this server: bob@elsewhere.test" },
    },
  ];
  for (const { name, want } of cases) {
    await t.step(name, async () => deepStrictEqual(await admin.addUser(name, "secret"), want));
  }
  deepStrictEqual(await admin.deleteUser("bob"), { kind: "deleted", user: "bob@office.test" });
});

Deno.test("addUser() and setPassword() refuse passwords that no mail program can send", async (t) => {
  await using dir = await tempDir();
  const { admin } = setUp(dir.path);
  for (const password of ["", "a\nb", "a\0b", "x".repeat(201)]) {
    await t.step(JSON.stringify(password.slice(0, 10)), async () => {
      strictEqual((await admin.addUser("bob", password)).kind, "invalid");
      strictEqual((await admin.setPassword("bob", password)).kind, "invalid");
    });
  }
  deepStrictEqual(await admin.listUsers(), []);
});

Deno.test("setPassword() changes the password and keeps the rest", async () => {
  await using dir = await tempDir();
  const { admin, database } = setUp(dir.path);
  await database.set("bob", "old", 'name="Bob" fwd="ann"');
  deepStrictEqual(await admin.setPassword("BOB", "new"), { kind: "changed", user: "bob" });
  deepStrictEqual(await database.lookup("bob"), {
    user: "bob",
    passwordHash: "hash of new",
    info: 'name="Bob" fwd="ann"',
  });
});

Deno.test("setPassword() and deleteUser() say when there is no such user", async (t) => {
  await using dir = await tempDir();
  const { admin } = setUp(dir.path);
  for (const name of ["nobody", "../nobody", "", "bob@elsewhere.test"]) {
    await t.step(JSON.stringify(name), async () => {
      strictEqual((await admin.setPassword(name, "secret")).kind, "no such user");
      strictEqual((await admin.deleteUser(name)).kind, "no such user");
    });
  }
});

Deno.test("deleteUser() deletes", async () => {
  await using dir = await tempDir();
  const { admin } = setUp(dir.path);
  await admin.addUser("bob", "secret");
  deepStrictEqual(await admin.deleteUser("bob@office.test"), { kind: "deleted", user: "bob" });
  deepStrictEqual(await admin.listUsers(), []);
});
