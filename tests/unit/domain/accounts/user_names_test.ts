import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createUserNames, type UserDomains } from "../../../../src/domain/accounts/mod.ts";

// The two lines of 000:251-254, and those of 001:310 and 001:359 (the prefix is "B": A34).
const DOMAINS: UserDomains = {
  hostDomains: ["my.server.domain", "old.server.domain", "bücher.example"],
  virtualDomains: [
    { prefix: "abc", domain: "xdomain.com", match: { kind: "ip", address: "1.2.3.4" } },
    { prefix: "abc", domain: "xdomain.com", match: { kind: "suffix", suffix: "/xdom" } },
    { prefix: "B", domain: "mail.domain.one", match: { kind: "ip", address: "161.33.44.55" } },
    { prefix: "J", domain: "johns.server.domain", match: { kind: "suffix", suffix: "/jds" } },
    { prefix: "cc", domain: "computers.com", match: { kind: "suffix", suffix: "@computers.com" } },
    { prefix: "abc", domain: "other.xdomain.com", match: { kind: "suffix", suffix: "/other" } },
    { prefix: "b_c", domain: "sub.domain.one", match: { kind: "ip", address: "fd00::1" } },
  ],
  separator: "_",
  withDomain: false,
};

Deno.test("ofLogin() names the user of a login", async (t) => {
  const names = createUserNames(DOMAINS);
  const cases: readonly { login: string; ip?: string; want: string | undefined }[] = [
    { login: "bob", want: "bob" },
    { login: " Bob ", ip: "100.2.3.1", want: "bob" },
    { login: "bob@my.server.domain", want: "bob" },
    { login: "bob@OLD.server.domain", want: "bob" },
    { login: "bob@Bücher.example", want: "bob" },
    { login: "bob@xn--bcher-kva.example", want: "bob" },
    // 000:255-258: whoever connects to 1.2.3.4 or uses the name fred/xdom is abc_fred.
    { login: "fred", ip: "1.2.3.4", want: "abc_fred" },
    { login: "fred/xdom", want: "abc_fred" },
    { login: "fred/xdom", ip: "161.33.44.55", want: "abc_fred" },
    { login: "fred@xdom", want: "abc_fred" },
    { login: "Fred@XDomain.com", ip: "161.33.44.55", want: "abc_fred" },
    { login: "fred", ip: "161.33.44.55", want: "b_fred" },
    { login: "Fred/jds", want: "j_fred" }, // 001:350
    { login: "fred@other.xdomain.com", want: "abc_fred" },
    { login: "fred@computers.com", want: "cc_fred" },
    { login: "fred/computers.com", want: "cc_fred" },
    { login: "fred", ip: "fd00:0:0::1", want: "b_c_fred" },
    { login: "fred", ip: "::ffff:1.2.3.4", want: "abc_fred" },
    { login: "fred@my.server.domain", ip: "1.2.3.4", want: "fred" },
    { login: "abc_fred", want: "abc_fred" }, // B33
    { login: "abc_fred@my.server.domain", want: "abc_fred" },
    { login: "fred@elsewhere.example", ip: "1.2.3.4", want: "fred@elsewhere.example" },
    // c_fred of mail.domain.one would read the mail of fred of sub.domain.one.
    { login: "c_fred@mail.domain.one", want: undefined },
    { login: "x@y@my.server.domain", want: undefined },
    { login: "fred/jds@my.server.domain", want: "fred/jds" },
    { login: "@my.server.domain", want: undefined },
    { login: "/xdom", want: undefined },
    { login: "abc_", want: undefined },
    { login: "", want: undefined },
  ];
  for (const { login, ip, want } of cases) {
    await t.step(`${login} at ${ip ?? "any address"}`, () => {
      deepStrictEqual(names.ofLogin(login, ip), want && { user: want, entry: want });
    });
  }
});

Deno.test("ofLogin() says what the database calls a user if authent_domain is true", async (t) => {
  const names = createUserNames({ ...DOMAINS, withDomain: true });
  const cases: readonly { login: string; ip?: string; want: string | undefined }[] = [
    { login: "bob", want: "bob = bob@my.server.domain" },
    { login: "bob@old.server.domain", want: "bob = bob@my.server.domain" },
    { login: "fred", ip: "1.2.3.4", want: "abc_fred = fred@xdomain.com" },
    { login: "fred/xdom", want: "abc_fred = fred@xdomain.com" },
    { login: "fred@computers.com", want: "cc_fred = fred@computers.com" },
    { login: "abc_fred", want: "abc_fred = fred@xdomain.com" }, // B33
    { login: "abc_fred@my.server.domain", want: "abc_fred = fred@xdomain.com" },
    // The maildrop is that of fred@xdomain.com, who is somebody else here.
    { login: "fred@other.xdomain.com", want: undefined },
    { login: "fred@elsewhere.example", want: undefined },
  ];
  for (const { login, ip, want } of cases) {
    await t.step(`${login} at ${ip ?? "any address"}`, () => {
      const name = names.ofLogin(login, ip);
      strictEqual(name && `${name.user} = ${name.entry}`, want);
    });
  }
});

Deno.test("domain() and domainAt() know our domains", () => {
  const names = createUserNames(DOMAINS);
  deepStrictEqual(names.domain("XDOMAIN.com"), { name: "xdomain.com", prefix: "abc_" });
  deepStrictEqual(names.domain("BÜCHER.example"), { name: "xn--bcher-kva.example", prefix: "" });
  strictEqual(names.domain("sub.my.server.domain"), undefined);
  strictEqual(names.domainAt("1.2.3.4").name, "xdomain.com");
  strictEqual(names.domainAt("1.2.3.5").name, "my.server.domain");
});

Deno.test("addressOf() gives an address that leads back to the user", () => {
  for (const withDomain of [false, true]) {
    const names = createUserNames({ ...DOMAINS, withDomain });
    const address = names.addressOf("abc_fred");
    strictEqual(address, "fred@xdomain.com");
    strictEqual(names.addressOf("bob"), "bob@my.server.domain");
    strictEqual(names.addressOf("b_c_fred"), "fred@sub.domain.one");
    fc.assert(fc.property(fc.stringMatching(/^[a-z_]{1,12}$/), (user) => {
      const name = names.ofLogin(names.addressOf(user));
      ok(name === undefined || name.user === user);
      strictEqual(names.ofLogin(user)?.user ?? user, user);
    }));
  }
});

Deno.test("ofLogin() never gives two users with different entries one maildrop", () => {
  for (const withDomain of [false, true]) {
    const names = createUserNames({ ...DOMAINS, withDomain });
    const logins = fc.tuple(
      fc.stringMatching(/^[abcj_]{1,6}$/),
      fc.constantFrom("", ...DOMAINS.virtualDomains.map(({ domain }) => `@${domain}`)),
    ).map((parts) => parts.join(""));
    const entries = new Map<string, string>();
    fc.assert(
      fc.property(logins, (login) => {
        const name = names.ofLogin(login);
        if (name === undefined) return;
        strictEqual(entries.get(name.user) ?? name.entry, name.entry);
        entries.set(name.user, name.entry);
      }),
      { numRuns: 500 },
    );
  }
});
