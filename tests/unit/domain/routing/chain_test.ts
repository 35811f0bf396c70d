import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { LookupResult } from "../../../../src/domain/accounts/mod.ts";
import { chainLog, chainStory } from "../../../../src/domain/routing/mod.ts";
import type { Origin } from "../../../../src/formats/envelope.ts";
import { chainOf, type ChainSetting, written } from "../../../support/chain.ts";

const WORLD: Origin = { kind: "network", address: "192.0.2.9" };
const VIRTUAL = "vdomain shop 10.0.0.2 shop.com /drop/shop";

/** Steps of a test, each an address and where it leads. */
type Want = Readonly<Record<string, readonly string[]>>;

interface Case extends ChainSetting {
  readonly name: string;
  readonly want: Want;
}

async function tryAll(t: Deno.TestContext, cases: readonly Case[]): Promise<void> {
  for (const { name, want, ...setting } of cases) {
    await t.step(name, async () => {
      const chain = await chainOf(setting);
      for (const [address, ends] of Object.entries(want)) {
        deepStrictEqual(await chain.ends(address), ends, address);
      }
    });
  }
}

Deno.test("resolve() applies every forward line that matches, with wildcards on both sides", async (t) => {
  await tryAll(t, [
    {
      name: "the matched part is kept, in its case",
      conf: ["forward *@old.example *@new.example"],
      want: { "Bob.X@OLD.example": ["relay Bob.X@new.example"] },
    },
    {
      name: "each star for its own",
      conf: ["forward *@*.old.example *@*.new.example"],
      want: { "bob@east.old.example": ["relay bob@east.new.example"] },
    },
    {
      name: "one that matches the name only",
      conf: ["forward list-*@domain.com *@lists.example"],
      users: { "list-x": "" },
      want: {
        "list-ann@domain.com": ["relay ann@lists.example"],
        "list@domain.com": ["5.1.1 list@domain.com"],
      },
    },
    {
      name: "a question mark stands for one character",
      conf: ["forward b?b@domain.com x@y.example"],
      users: { bib: "", bb: "" },
      want: { "bib@domain.com": ["relay x@y.example"], "bb@domain.com": ["bb"] },
    },
    {
      name: "the result goes through the whole chain again",
      conf: [
        "forward *@old.com *@domain.com",
        "forward bob@domain.com ann@domain.com",
        "alias ann zoe",
      ],
      users: { zoe: "zoe@home.example" },
      want: {
        "bob@old.com": ["relay zoe@home.example"],
        "zoe@old.com": ["relay zoe@home.example"],
      },
    },
    {
      name: "forward and forward_cc: the original is kept if one line keeps it",
      conf: ["forward bob@domain.com x@y.example", "forward_cc *@domain.com /var/all"],
      users: { bob: "", ann: "" },
      want: {
        "bob@domain.com": ["bob", "file /var/all", "relay x@y.example"],
        "ann@domain.com": ["ann", "file /var/all"],
        "nobody@domain.com": ["file /var/all"],
      },
    },
    {
      name: "$user and the address itself are the original recipient",
      conf: ["forward bob@domain.com $user,x@y.example", "forward ann@domain.com ann@domain.com"],
      users: { bob: "", ann: "" },
      want: { "bob@domain.com": ["bob", "relay x@y.example"], "ann@domain.com": ["ann"] },
    },
    {
      name: "the line is for one way of writing a domain and means all",
      conf: ["host_domain bücher.example", "forward bob@BÜCHER.example x@y.example"],
      want: {
        "bob@xn--bcher-kva.example": ["relay x@y.example"],
        "bob@Bücher.Example": ["relay x@y.example"],
      },
    },
    {
      name: "an address that gets too long is refused",
      conf: [`forward *@domain.com ${"x".repeat(60)}*@domain.com`],
      want: { "bobby@domain.com": [`5.1.3 ${"x".repeat(60)}bobby@domain.com`] },
    },
    {
      name: "mail for elsewhere that nothing matches goes on",
      conf: ["forward *@old.example *@new.example"],
      want: { "bob@new.example": ["relay bob@new.example"] },
    },
  ]);
});

Deno.test("resolve() asks the aliases in their order", async (t) => {
  const files = {
    "/own": "a: own@x.example\nd*: own-d@x.example",
    "/main": "a: main@x.example\nb: main@x.example",
    "/all": "a: all@x.example\nb: all@x.example\nc: all@x.example",
    "/com": "c: com@x.example\nd: com@x.example\ne: com@x.example",
    "/global": "e: global@x.example\nf: global@x.example",
  };
  const conf = [
    "host_domain domain.com",
    "host_domain synonym.com",
    VIRTUAL,
    "alias_file_domain synonym.com /own",
    "alias_file_domain domain.com /main",
    "alias_file_domain *.com /com",
    "alias_file_domain * /all",
    "alias_file /global",
    "alias b line@x.example",
    "alias g line@x.example",
  ];
  const to = (name: string) => [`relay ${name}@x.example`];
  await tryAll(
    t,
    [
      {
        name: "own file, main domain's, its lines, wildcards in their order, the global one",
        ...{ conf, files },
        want: {
          "a@synonym.com": to("own"),
          "dd@synonym.com": to("own-d"),
          "b@synonym.com": to("main"),
          "g@synonym.com": to("line"),
          "c@synonym.com": to("com"),
          "e@synonym.com": to("com"),
          "f@synonym.com": to("global"),
          "a@domain.com": to("main"),
          "g@domain.com": to("line"),
          // The users of a virtual domain are others than those of the main domain.
          "a@shop.com": to("all"),
          "g@shop.com": ["5.1.1 g@shop.com"],
        },
      },
      {
        name: "without alias_fallthrough the nearest decides alone",
        conf: [...conf, "alias_fallthrough false"],
        files,
        want: {
          "a@synonym.com": to("own"),
          "b@synonym.com": ["5.1.1 b@synonym.com"],
          "b@domain.com": to("main"),
          "g@domain.com": to("line"),
          "f@domain.com": ["5.1.1 f@domain.com"],
          "c@shop.com": to("com"),
          "f@shop.com": ["5.1.1 f@shop.com"],
        },
      },
      {
        name: "a plain name goes before wildcards, wildcards in their order",
        conf: ["alias_file /x"],
        files: { "/x": "s*: one@x.example\nsales*: two@x.example\nsales: three@x.example" },
        want: {
          "sales@domain.com": to("three"),
          "sales-east@domain.com": to("one"),
          "Support@domain.com": to("one"),
        },
      },
      {
        name: "names without a domain are users of the recipient's",
        conf: [VIRTUAL, "alias_file /x"],
        files: { "/x": "sales: ann, bob" },
        users: { ann: "", shop_ann: "", bob: "" },
        want: { "sales@shop.com": ["5.1.1 bob@shop.com", "shop_ann"] },
      },
      {
        name: "a star takes what the name's has matched",
        conf: ["alias_file /x"],
        files: { "/x": "sales-*: *, copy-*@x.example" },
        users: { ann: "" },
        want: {
          "sales-ann@domain.com": ["ann", "relay copy-ann@x.example"],
          // Not relayed to the world, as the words between the quotes want it.
          '"sales-x@world.example"@domain.com': [
            "5.1.3 copy-x@world.example@x.example",
            "5.1.3 x@world.example@domain.com",
          ],
        },
      },
      {
        name: "a name that leads to itself alone leads to nobody else",
        conf: ["alias_file /x", "fallback_address domain.com ann@domain.com"],
        files: { "/x": "bob: $user\npostmaster: postmaster" },
        users: { ann: "" },
        want: { "bob@domain.com": ["ann"], "postmaster@domain.com": ["ann"] },
      },
      {
        name: "a blank before a name makes another one, which no alias and no user has",
        conf: ["alias_file /x"],
        files: { "/x": "bob: ann" },
        users: { ann: "", bob: "" },
        want: { '" bob"@domain.com': ['5.1.1 " bob"@domain.com'] },
      },
      {
        name: "quotes around a name make no difference",
        conf: ["alias_file /x"],
        files: { "/x": '"ann lee": ann\nbob: $user' },
        users: { ann: "", bob: "" },
        want: { '"Ann Lee"@domain.com': ["ann"], '"bob"@domain.com': ["bob"] },
      },
      {
        name: "robots, files and nothing at all",
        conf: [VIRTUAL, "alias_file /x"],
        files: { "/x": 'r: "|prog a"\nf: /var/f, $user\nn: /dev/null, nul' },
        users: { f: "" },
        want: {
          "r@domain.com": ["|prog a"],
          "f@domain.com": ["f", "file /var/f"],
          "n@domain.com": [],
        },
      },
    ],
  );
});

Deno.test("resolve() uses forward files in place of the user's copy", async (t) => {
  const user = (text: string, ends: readonly string[], fwd = ""): Case => ({
    name: JSON.stringify(text),
    users: { bob: fwd, ann: "" },
    forwardFiles: { "bob.fwd": text },
    want: { "bob@domain.com": ends },
  });
  await tryAll(t, [
    user("x@y.example\n", ["relay x@y.example"]),
    user("x@y.example, ann\r\n# z@y.example\n\n  bob\n", ["ann", "bob", "relay x@y.example"]),
    user("$user, x@y.example", ["bob", "relay x@y.example"]),
    user('\\bob, "|/usr/bin/vacation bob"', ["bob", "bob |/usr/bin/vacation bob"]),
    user('|"/usr/bin/procmail -a x"', ["bob |/usr/bin/procmail -a x"]),
    user("Bob@domain.com, x@y.example", ["bob", "relay x@y.example"]),
    user("/dev/null", []),
    user("", ["bob"]),
    user("# nothing\n", ["bob"]),
    // A user cannot have us write to files, and loses nothing for having tried.
    user("/etc/passwd", ["bob"]),
    user("/etc/passwd, x@y.example", ["bob", "relay x@y.example"]),
    user("what is this", ["bob"]),
    user("b\ufffdb@y.example, x@y.example", ["bob", "relay x@y.example"]),
    user("*@*.example", ["bob"]),
    user("file@y.example", ["relay file@y.example", "relay x@y.example"], "$user,x@y.example"),
    user("x@y.example", ["relay x@y.example"], "x@y.example,$user"),
  ]);
});

Deno.test("resolve() makes a user's robot one of the user's domain, whatever the address", async (t) => {
  const { router } = await chainOf({
    conf: ["host_domain domain.com", "host_domain synonym.com", VIRTUAL, "alias help |help"],
    users: { bob: "|own", shop_bob: "|own" },
  });
  const cases = [
    { address: "bob@domain.com", want: "domain.com" },
    { address: "bob@synonym.com", want: "domain.com" },
    { address: "bob@shop.com", want: "shop.com" },
    { address: "shop_bob@domain.com", want: "shop.com" },
    // An administrator's is one of the address.
    { address: "help@synonym.com", want: "synonym.com" },
  ];
  for (const { address, want } of cases) {
    await t.step(address, async () => {
      const result = await router.resolve(address);
      const [end] = result.kind === "resolved" ? result.destinations : [];
      strictEqual(end?.kind === "robot" && end.domain, want);
    });
  }
});

Deno.test("resolve() asks for a forward file only where the user is to get a copy", async () => {
  const chain = await chainOf({
    conf: ["alias sales ann", "forward boss@domain.com x@y.example"],
    users: { ann: "", boss: "", away: "x@y.example" },
  });
  for (const name of ["sales", "boss", "away", "nobody"]) await chain.ends(`${name}@domain.com`);
  deepStrictEqual(chain.asked, ["ann.fwd"]);
});

Deno.test("resolve() waits for what cannot be looked up now, anywhere in the chain", async (t) => {
  const lookup = (name: string): Promise<LookupResult> =>
    Promise.resolve(
      name.startsWith("down")
        ? { kind: "unavailable", reason: "Disk asleep" }
        : { kind: "found", account: { user: "bob" } },
    );
  const accounts = { lookup, list: () => Promise.resolve([]) };
  const chain = await chainOf({ conf: ["alias both bob,down"], accounts });
  await t.step("a forward file", async () => {
    const { ends } = await chainOf({
      users: { bob: "" },
      forwardFiles: { "bob.fwd": undefined },
    });
    deepStrictEqual(await ends("bob@domain.com"), ["unavailable 4.3.0"]);
  });
  for (const address of ["down@domain.com", "both@domain.com"]) {
    await t.step(address, async () => {
      deepStrictEqual(await chain.ends(address), ["unavailable 4.3.0"]);
      match(chain.log.at(-1) ?? "", /rcpt chain down@domain\.com: cannot be followed now: Disk as/);
    });
  }
});

Deno.test("resolve() ends every circle", async (t) => {
  await tryAll(t, [
    {
      name: "two forward rules",
      conf: ["forward a@domain.com b@domain.com", "forward b@domain.com a@domain.com"],
      users: { a: "", b: "" },
      want: { "a@domain.com": ["5.4.6 a@domain.com"] },
    },
    {
      name: "with a way out",
      conf: ["forward a@domain.com b@domain.com", "forward_cc b@domain.com a@domain.com"],
      users: { a: "", b: "" },
      want: { "a@domain.com": ["b"], "b@domain.com": ["b"] },
    },
    {
      name: "a copy of a copy",
      conf: ["forward_cc *@domain.com archive@domain.com"],
      users: { archive: "", bob: "" },
      want: { "bob@domain.com": ["archive", "bob"], "archive@domain.com": ["archive"] },
    },
    {
      name: "alias, user and forward file",
      conf: ["alias a b"],
      users: { b: "c", c: "" },
      forwardFiles: { "c.fwd": "a" },
      want: { "a@domain.com": ["5.4.6 a@domain.com"] },
    },
    {
      name: "synonyms of one domain",
      conf: ["host_domain domain.com", "host_domain synonym.com"],
      users: { bob: "bob@synonym.com" },
      want: { "bob@domain.com": ["bob"], "bob@synonym.com": ["bob"] },
    },
    {
      name: "addresses that grow are bounded",
      conf: ["forward *@domain.com x*@domain.com,$user"],
      users: Object.fromEntries(Array.from({ length: 80 }, (_, i) => ["x".repeat(i + 1), ""])),
      want: {
        [`${"x".repeat(60)}@domain.com`]: [
          ...[60, 61, 62, 63, 64].map((length) => "x".repeat(length)),
          `5.1.3 ${"x".repeat(65)}@domain.com`,
        ].sort(),
      },
    },
  ]);
});

Deno.test("resolve() bounds what a chain leads to, and says so to the sender", async () => {
  const list = Array.from({ length: 900 }, (_, i) => `u${i}@x.example`).join(",");
  const more = Array.from({ length: 900 }, (_, i) => `v${i}@x.example`).join(",");
  const chain = await chainOf({
    conf: ["alias_file /x"],
    files: { "/x": `all: one,two\none: ${list}\ntwo: ${more}` },
  });
  const ends = await chain.ends("all@domain.com");
  strictEqual(ends.length, 998); // 1000 addresses, of which all, one and two are none.
  strictEqual(ends[0], "5.3.5 all@domain.com");
  ok(chain.log.length <= 201);
  match(chain.log.at(-1) ?? "", /^\*\*\* \d+ more in rcpt chain$/);
});

Deno.test("resolve() finds recipients of virtual domains and of our addresses", async (t) => {
  const conf = [VIRTUAL, "vdomain shop /shop shop.com /drop/shop", "bind_ip 10.0.0.1"];
  const users = { bob: "", shop_bob: "", "shop_away": "bob" };
  await tryAll(t, [
    {
      name: "by domain, whatever the line matches",
      ...{ conf, users },
      want: {
        "bob@domain.com": ["bob"],
        "Bob@Shop.com": ["shop_bob"],
        "away@shop.com": ["shop_bob"],
        "nobody@shop.com": ["5.1.1 nobody@shop.com"],
        "shop_bob@domain.com": ["shop_bob"],
        "bob/shop@domain.com": ["5.1.1 bob/shop@domain.com"],
        "bob@shop": ["relay bob@shop"],
      },
    },
    {
      name: "by address literal",
      ...{ conf, users },
      want: {
        "bob@[10.0.0.1]": ["bob"],
        "bob@[10.0.0.2]": ["shop_bob"],
        "bob@[10.0.0.3]": ["relay bob@[10.0.0.3]"],
        "bob@[IPv6:2001:db8::1]": ["relay bob@[IPv6:2001:db8::1]"],
        "bob@[IPv6:::ffff:10.0.0.2]": ["shop_bob"],
        "bob@[010.0.0.2]": ["shop_bob"],
        "bob@[127.0.0.9]": ["5.1.2 bob@[127.0.0.9]"],
        "bob@[224.0.0.1]": ["5.1.2 bob@[224.0.0.1]"],
        "bob@[IPv6:::1]": ["5.1.2 bob@[IPv6:::1]"],
        "bob@[IPv6:10.0.0.2]": ["5.1.2 bob@[IPv6:10.0.0.2]"],
        "bob@[shop]": ["5.1.2 bob@[shop]"],
      },
    },
    {
      name: "with a fallback address of its own",
      conf: [
        ...conf,
        "fallback_address domain.com bob@domain.com",
        "fallback_address shop.com bob@shop.com",
      ],
      users,
      want: { "nobody@shop.com": ["shop_bob"], "nobody@domain.com": ["bob"] },
    },
    {
      name: "without one: that of the main domain is not for other domains' users, one for all is",
      conf: [...conf, "fallback_address domain.com bob@domain.com"],
      users,
      want: { "nobody@shop.com": ["5.1.1 nobody@shop.com"] },
    },
    {
      name: "by wildcards",
      conf: [...conf, "fallback_address sh*.com bob@domain.com"],
      users,
      want: { "nobody@shop.com": ["bob"], "nobody@domain.com": ["5.1.1 nobody@domain.com"] },
    },
  ]);
});

Deno.test("resolve() finds the postmaster's mail a reader", async (t) => {
  await tryAll(t, [
    {
      name: "an alias",
      conf: ["alias postmaster ann", "sysadmin bob@domain.com"],
      users: { ann: "", bob: "" },
      want: { postmaster: ["ann"], "Postmaster@domain.com": ["ann"] },
    },
    {
      name: "a sysadmin who is an alias",
      conf: ["alias root ann", "sysadmin root@domain.com"],
      users: { aaa: "", ann: "" },
      want: { postmaster: ["ann"] },
    },
    {
      name: "the first user, who may be of a virtual domain",
      conf: [VIRTUAL, "authent_domain true"],
      users: { "bob@shop.com": "" },
      want: { postmaster: ["shop_bob"], "postmaster@shop.com": ["shop_bob"] },
    },
    {
      name: "and what answers a notice too",
      conf: ["sysadmin bob@domain.com"],
      users: { ann: "", bob: "" },
      want: { "MAILER-DAEMON@domain.com": ["bob"] },
    },
    {
      name: "but not for a user of that name",
      conf: ["sysadmin bob@domain.com"],
      users: { bob: "", "mailer-daemon": "" },
      want: { "mailer-daemon@domain.com": ["mailer-daemon"] },
    },
  ]);
});

Deno.test("check() opens no relaying by a copy, and says what is redirected", async (t) => {
  const { router } = await chainOf({
    conf: [
      "forward_cc *@* archive@domain.com",
      "forward gone@elsewhere.example bob@domain.com",
      "forward moved@elsewhere.example moved@new.example",
      "alias robot |prog",
      "alias nothing /dev/null",
      "alias nobody no-one@domain.com",
      "alias self $user",
    ],
    users: { archive: "", bob: "", self: "", "no-archive": "" },
  });
  const cases = [
    { address: "x@elsewhere.example", want: "refuse 5.7.1" },
    { address: "archive@domain.com", want: "accept local archive" },
    { address: "bob@domain.com", want: "accept redirected bob,archive" },
    { address: "nothing@domain.com", want: "accept redirected archive" },
    // A full maildrop of the archive's keeps nothing from the robot.
    { address: "robot@domain.com", want: "accept redirected " },
  ];
  for (const { address, want } of cases) {
    await t.step(address, async () => {
      const verdict = await router.check(address, WORLD);
      const got = verdict.kind === "accept"
        ? `${verdict.kind} ${verdict.to} ${[...verdict.users].sort().reverse().join()}`
        : `${verdict.kind} ${verdict.status}`;
      strictEqual(got, want);
    });
  }
  const without = await chainOf({
    conf: [
      "forward gone@elsewhere.example bob@domain.com",
      "forward moved@elsewhere.example moved@new.example",
      "alias nothing /dev/null",
      "alias nobody no-one@domain.com",
      "alias self $user",
    ],
    users: { bob: "", self: "" },
  });
  const plain = [
    { address: "gone@elsewhere.example", want: "accept redirected" },
    { address: "moved@elsewhere.example", want: "accept redirected" },
    { address: "stays@elsewhere.example", want: "refuse 5.7.1" },
    { address: "nothing@domain.com", want: "accept redirected" },
    { address: "nobody@domain.com", want: "refuse 5.1.1" },
    { address: "self@domain.com", want: "accept local" },
  ];
  for (const { address, want } of plain) {
    await t.step(address, async () => {
      const verdict = await without.router.check(address, WORLD);
      const got = verdict.kind === "accept" ? verdict.to : verdict.status;
      strictEqual(`${verdict.kind} ${got}`, want);
    });
  }
});

Deno.test("a chain ends for any rules, with each destination once and all of them in its story", async () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const target = fc.oneof(
    name,
    name.map((local) => `${local}@shop.com`),
    name.map((local) => `${local}@world.example`),
    fc.constantFrom("$user", "|robot", "/var/file", "/dev/null", "nobody"),
  );
  const list = fc.array(target, { minLength: 1, maxLength: 3 }).map((targets) => targets.join(","));
  const pattern = fc.tuple(
    fc.constantFrom("a", "b", "*", "?"),
    fc.constantFrom("*", "shop.com", "domain.com"),
  )
    .map((parts) => parts.join("@"));
  const whole = fc.oneof(
    name.map((local) => `${local}@shop.com`),
    fc.constantFrom("*@domain.com", "$user"),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom("forward", "forward_cc"), pattern, whole), {
        maxLength: 4,
      }),
      fc.dictionary(name, list, { maxKeys: 4 }),
      fc.dictionary(name, list, { maxKeys: 4 }),
      fc.dictionary(name.map((user) => `${user}.fwd`), list, { maxKeys: 2 }),
      name,
      async (rules, aliases, users, forwardFiles, first) => {
        const chain = await chainOf({
          conf: [
            VIRTUAL,
            ...rules.filter(([, from, to]) => !to.includes("*") || from.includes("*"))
              .map((rule) => rule.join(" ")),
            ...Object.entries(aliases).map((alias) => `alias ${alias.join(" ")}`),
          ],
          users: { ...users, shop_a: "", shop_b: "b@domain.com" },
          forwardFiles,
        });
        const result = await chain.router.resolve(`${first}@domain.com`);
        ok(result.kind === "resolved");
        const ends = result.destinations.map(written);
        strictEqual(new Set(ends).size, ends.length);
        const story = chainStory(result.steps).join("\n");
        for (const end of result.destinations) {
          if (end.kind === "maildrop") {
            ok(story.includes(`Adding ${end.user} to rcpt chain`), story);
          }
          if (end.kind === "robot") ok(story.includes("Adding <|robot> to rcpt chain"), story);
        }
        ok(chainLog(result.steps).every((line) => /^\*\*\* .*chain/.test(line)));
      },
    ),
    { numRuns: 300 },
  );
});
