import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Account } from "../../../../src/domain/accounts/mod.ts";
import {
  chainStory,
  createRouter,
  type Destination,
  type Router,
  type RoutingTables,
} from "../../../../src/domain/routing/mod.ts";
import type { Origin } from "../../../../src/formats/envelope.ts";
import { fakeAccounts, OFFICE } from "../../../support/smtpd.ts";

const LAN: Origin = { kind: "network", address: "10.9.9.9" };
const WORLD: Origin = { kind: "network", address: "192.0.2.9" };

function router(
  accounts: readonly Account[] = [{ user: "ann" }, { user: "bob" }],
  tables: Partial<RoutingTables> = {},
): Router {
  return createRouter({
    tables: () => ({ ...OFFICE, ...tables }),
    accounts: fakeAccounts(accounts),
  });
}

/** `maildrop bob`, `relay x@y`, `5.1.1 x@y`: what a test compares. */
function written(destination: Destination): string {
  switch (destination.kind) {
    case "maildrop":
      return `maildrop ${destination.user}`;
    case "robot":
      return `robot ${destination.command}` +
        (destination.user === undefined ? "" : ` of ${destination.user}`);
    case "file":
      return `file ${destination.path}`;
    case "relay":
      return `relay ${destination.address}`;
    case "reject":
      return `${destination.status} ${destination.address}`;
  }
}

async function ends(router: Router, address: string): Promise<string[]> {
  const result = await router.resolve(address);
  if (result.kind === "unavailable") return [`unavailable ${result.status}`];
  return result.destinations.map(written).sort();
}

Deno.test("isLocal() knows our domains, in any case, and our addresses", async (t) => {
  const cases = [
    { address: "bob@office.test", want: true },
    { address: "bob@OFFICE.Test", want: true },
    { address: "bob@old-name.test", want: true },
    { address: "postmaster", want: true },
    { address: "bob@[10.0.0.1]", want: true },
    { address: "bob@[192.0.2.1]", want: false },
    { address: "bob@sub.office.test", want: false },
    { address: "bob@notoffice.test", want: false },
    { address: '"bob@office.test"@elsewhere.test', want: false },
  ];
  for (const { address, want } of cases) {
    await t.step(address, () => strictEqual(router().isLocal(address), want));
  }
});

Deno.test("resolve() leads every address somewhere", async (t) => {
  const cases = [
    { address: "bob@office.test", want: ["maildrop bob"] },
    { address: "BOB@Old-Name.TEST", want: ["maildrop bob"] },
    { address: '"bob"@office.test', want: ["maildrop bob"] },
    { address: "bob@[10.0.0.1]", want: ["maildrop bob"] },
    { address: "bob@[IPv6:2001:db8::1]", want: ["relay bob@[IPv6:2001:db8::1]"] },
    { address: "bob@[IPv6:::1]", want: ["5.1.2 bob@[IPv6:::1]"] },
    { address: "nobody@office.test", want: ["5.1.1 nobody@office.test"] },
    { address: "bob+tag@office.test", want: ["5.1.1 bob+tag@office.test"] },
    { address: "X@Elsewhere.test", want: ["relay X@Elsewhere.test"] },
    { address: "down@office.test", want: ["unavailable 4.3.0"] },
  ];
  for (const { address, want } of cases) {
    await t.step(address, async () => deepStrictEqual(await ends(router(), address), want));
  }
});

Deno.test("resolve() follows the forward of a user", async (t) => {
  const cases = [
    { forward: "ann", want: ["maildrop ann"] },
    { forward: "ann@old-name.test,x@y.test", want: ["maildrop ann", "relay x@y.test"] },
    { forward: "$user,ann", want: ["maildrop ann", "maildrop bob"] },
    { forward: "BOB@office.test , ann", want: ["maildrop ann", "maildrop bob"] },
    { forward: "bob", want: ["maildrop bob"] },
    { forward: "x@y.test,X@Y.TEST,x@y.test", want: ["relay X@Y.TEST", "relay x@y.test"] },
    { forward: "nobody", want: ["5.1.1 nobody@office.test"] },
    { forward: "nobody,ann", want: ["5.1.1 nobody@office.test", "maildrop ann"] },
    { forward: '"|drespond hello.txt,x"', want: ["robot drespond hello.txt,x of bob"] },
    { forward: "|drespond,$user", want: ["maildrop bob", "robot drespond of bob"] },
    { forward: "/dev/null", want: [] },
    { forward: "/dev/null,ann", want: ["maildrop ann"] },
    { forward: "/dev/null,$user", want: ["maildrop bob"] },
    // Files are the administrator's to name, and nothing is lost for what makes no sense.
    { forward: "/var/log/all", want: ["maildrop bob"] },
    { forward: "/var/log/all,ann", want: ["maildrop ann", "maildrop bob"] },
    { forward: ",,", want: ["maildrop bob"] },
    { forward: "not an address", want: ["maildrop bob"] },
    { forward: "not an address,ann", want: ["maildrop ann", "maildrop bob"] },
    { forward: "down", want: ["unavailable 4.3.0"] },
  ];
  for (const { forward, want } of cases) {
    await t.step(forward, async () => {
      const accounts = [{ user: "ann" }, { user: "bob", forward }];
      deepStrictEqual(await ends(router(accounts), "bob@office.test"), want);
    });
  }
});

Deno.test("resolve() ends loops of forwards", async (t) => {
  const accounts = [
    { user: "a", forward: "b" },
    { user: "b", forward: "c@old-name.test" },
    { user: "c", forward: "A@office.test" },
    { user: "d", forward: "a,x@y.test" },
    { user: "e", forward: "f,$user" },
    { user: "f", forward: "e,$user" },
  ];
  const cases = [
    { address: "a@office.test", want: ["5.4.6 a@office.test"] },
    { address: "d@office.test", want: ["relay x@y.test"] },
    { address: "e@office.test", want: ["maildrop e", "maildrop f"] },
  ];
  for (const { address, want } of cases) {
    await t.step(address, async () => deepStrictEqual(await ends(router(accounts), address), want));
  }
});

Deno.test("resolve() bounds what one address may lead to", async () => {
  const accounts = Array.from({ length: 1200 }, (_, i) => ({
    user: `u${i}`,
    forward: `u${i + 1},$user`,
  }));
  const found = await ends(router(accounts), "u0@office.test");
  deepStrictEqual([found.length, found[0]], [1001, "5.3.5 u0@office.test"]);
});

Deno.test("resolve() finds somebody for the postmaster", async (t) => {
  const [ann, bob] = [{ user: "ann" }, { user: "bob" }];
  const cases = [
    { accounts: [ann, { user: "postmaster" }], sysadmin: "bob", want: ["maildrop postmaster"] },
    { accounts: [ann, bob], sysadmin: "bob@office.test", want: ["maildrop bob"] },
    { accounts: [ann, bob], sysadmin: "boss@home.test", want: ["relay boss@home.test"] },
    { accounts: [ann, bob], sysadmin: "", want: ["maildrop ann"] },
    { accounts: [ann, bob], sysadmin: "postmaster@office.test", want: ["maildrop ann"] },
    { accounts: [ann, bob], sysadmin: "left@office.test", want: ["maildrop ann"] },
    { accounts: [], sysadmin: "", want: ["5.1.1 Postmaster"] },
  ];
  for (const { accounts, sysadmin, want } of cases) {
    await t.step(`sysadmin ${sysadmin || "unset"}, ${accounts.length} users`, async () => {
      deepStrictEqual(await ends(router(accounts, { sysadmin }), "Postmaster"), want);
    });
  }
  await t.step("the users cannot be listed", async () => {
    const accounts = { ...fakeAccounts([]), list: () => Promise.reject(new Error("/var/secret")) };
    const broken = createRouter({ tables: () => OFFICE, accounts });
    const verdict = await broken.check("postmaster@office.test", WORLD);
    deepStrictEqual(verdict, {
      kind: "defer",
      status: "4.3.0",
      reason: "The users cannot be listed",
    });
  });
});

Deno.test("resolve() uses the fallback address for nobody's mail only", async (t) => {
  const fallbackAddresses = [
    { domain: "old-name.test", address: "x@y.test" },
    { domain: "office.test", address: "ann" },
  ];
  const cases = [
    { address: "bob@office.test", want: ["maildrop bob"] },
    { address: "nobody@office.test", want: ["maildrop ann"] },
    { address: "nobody@old-name.test", want: ["relay x@y.test"] },
    { address: "nobody@elsewhere.test", want: ["relay nobody@elsewhere.test"] },
  ];
  for (const { address, want } of cases) {
    await t.step(address, async () => {
      deepStrictEqual(await ends(router(undefined, { fallbackAddresses }), address), want);
    });
  }
  await t.step("one for all domains", async () => {
    const all = [{ domain: "*", address: "ann" }];
    const office = router(undefined, { fallbackAddresses: all });
    deepStrictEqual(await ends(office, "nobody@old-name.test"), ["maildrop ann"]);
  });
  await t.step("a fallback to nobody is rejected", async () => {
    const circle = [{ domain: "*", address: "noone@office.test" }];
    const office = router(undefined, { fallbackAddresses: circle });
    deepStrictEqual(await ends(office, "nobody@office.test"), ["5.1.1 noone@office.test"]);
  });
});

Deno.test("resolve() tells the story of the chain", async () => {
  const accounts = [{ user: "ann" }, { user: "bob", forward: "ann,x@y.test,bob" }];
  const gatewayFor = (domain: string) => domain === "y.test" ? "10.0.0.7:25" : undefined;
  const result = await router(accounts, { gatewayFor }).resolve("Bob@office.test");
  deepStrictEqual(result.kind === "resolved" && chainStory(result.steps), [
    "Starting rcpt chain for bob",
    "Bob@office.test: is the local user bob, whose mail goes to ann,x@y.test,bob",
    "Adding bob to rcpt chain",
    "Adding ann@office.test to rcpt chain",
    "Adding x@y.test to rcpt chain",
    "ann@office.test: is the local user ann",
    "Adding ann to rcpt chain",
    "x@y.test: is not local: goes to the gateway 10.0.0.7:25",
  ]);
});

Deno.test("check() is closed unless a rule opens it", async (t) => {
  const accounts = [
    { user: "bob" },
    { user: "away", forward: "away@home.test" },
    { user: "lost", forward: "nobody" },
  ];
  const user: Origin = { kind: "network", address: "192.0.2.9", user: "bob" };
  const fetched: Origin = { kind: "fetched", account: "office@provider.test", uidl: "1" };
  const local: Origin = { kind: "local", by: "dsn" };
  const cases: readonly { address: string; origin: Origin; want: string }[] = [
    { address: "bob@office.test", origin: WORLD, want: "accept local" },
    { address: "away@office.test", origin: WORLD, want: "accept redirected" },
    { address: "lost@office.test", origin: WORLD, want: "refuse 5.1.1" },
    { address: "nobody@office.test", origin: LAN, want: "refuse 5.1.1" },
    { address: "down@office.test", origin: LAN, want: "defer 4.3.0" },
    { address: "x@elsewhere.test", origin: WORLD, want: "refuse 5.7.1" },
    { address: "x@elsewhere.test", origin: LAN, want: "accept relay" },
    { address: "x@elsewhere.test", origin: user, want: "accept relay" },
    { address: "x@elsewhere.test", origin: local, want: "accept relay" },
    { address: "x@elsewhere.test", origin: fetched, want: "refuse 5.7.1" },
    { address: "x@partner.test", origin: WORLD, want: "accept relay" },
    { address: "x@Partner.Test", origin: WORLD, want: "accept relay" },
    { address: "x@sub.partner.test", origin: WORLD, want: "refuse 5.7.1" },
    { address: "x@partner.test", origin: fetched, want: "refuse 5.7.1" },
    { address: "bob@office.test", origin: fetched, want: "accept local" },
    { address: "away@office.test", origin: fetched, want: "accept redirected" },
    { address: "x@[192.0.2.1]", origin: LAN, want: "accept relay" },
    { address: "x@[192.0.2.1]", origin: WORLD, want: "refuse 5.7.1" },
    { address: "x@[192.0.2.1]", origin: fetched, want: "refuse 5.7.1" },
    { address: "x@[127.0.0.1]", origin: LAN, want: "refuse 5.1.2" },
    { address: "x%elsewhere.test@office.test", origin: WORLD, want: "refuse 5.1.1" },
    { address: "x!elsewhere.test@office.test", origin: WORLD, want: "refuse 5.1.1" },
    { address: '"x@elsewhere.test"@office.test', origin: WORLD, want: "refuse 5.1.1" },
  ];
  for (const { address, origin, want } of cases) {
    await t.step(`${address} from ${JSON.stringify(origin)}`, async () => {
      const verdict = await router(accounts).check(address, origin);
      const got = verdict.kind === "accept" ? verdict.to : verdict.status;
      strictEqual(`${verdict.kind} ${got}`, want);
    });
  }
});

Deno.test("check() answers from the tables of now", async () => {
  let relayTo: readonly string[] = [];
  const office = createRouter({
    tables: () => ({ ...OFFICE, relayTo }),
    accounts: fakeAccounts([]),
  });
  strictEqual((await office.check("x@new.test", WORLD)).kind, "refuse");
  relayTo = ["*.test"];
  strictEqual((await office.check("x@new.test", WORLD)).kind, "accept");
});
