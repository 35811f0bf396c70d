import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import { createResolver, type Found } from "../../../../src/agents/relay/mod.ts";
import { systemDnsSockets, systemNet, systemRandom } from "../../../../src/platform/mod.ts";
import {
  type DnsServer,
  type DnsServerOptions,
  startDnsServer,
} from "../../../support/dns_server.ts";
import { freePort } from "../../../support/free_port.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";

const never = new AbortController().signal;
const TIMEOUT_MS = 9000;

/** A resolver that asks these servers, in this order, and its clock. */
function rig(...ports: readonly number[]) {
  const clock = new ManualClock();
  const servers = ports.map((port) => ({ host: "127.0.0.1", port }));
  const options = { nameServer: undefined, dnsTimeoutMs: TIMEOUT_MS };
  const resolver = createResolver({
    options: () => options,
    dns: { ...systemDnsSockets, servers: () => Promise.resolve(servers) },
    ...{ net: systemNet, clock, random: systemRandom },
  });
  return { clock, resolver };
}

/** Starts a server, and asks it. */
async function withServer(
  options: DnsServerOptions,
  test: (parts: ReturnType<typeof rig> & { readonly server: DnsServer }) => Promise<void>,
): Promise<void> {
  await using server = await startDnsServer(options);
  await test({ ...rig(server.port), server });
}

/** Lets a real server's silence take as long as it may. */
async function elapse(clock: ManualClock, answer: Promise<unknown>): Promise<void> {
  let done = false;
  answer.finally(() => done = true).catch(() => {});
  while (!done) {
    if (clock.sleeping > 0) await clock.advance(TIMEOUT_MS);
    await settle();
  }
}

function reasonOf(found: Found<unknown>): string {
  return found.kind === "failed" ? found.reason : found.kind;
}

const ZONES: DnsServerOptions["zones"] = {
  "example.org": { MX: ["20 mx2.example.org", "10 MX1.example.org"], A: ["192.0.2.9"] },
  "mx1.example.org": {
    A: ["192.0.2.1", "192.0.2.2"],
    AAAA: ["2001:db8::1", "2001:db8::2", "2001:db8::3"],
  },
  "null.example": { MX: ["0 ."] },
  "alias.example": { CNAME: "example.org" },
  "broken-alias.example": { CNAME: "gone.example" },
  "round.example": { CNAME: "round.example" },
  "mapped.example": { A: ["192.0.2.7"], AAAA: ["0:0:0:0:0:ffff:7f00:1"] },
  "only6.example": { AAAA: ["2001:db8::9"] },
  "empty.example": {},
  "ill.example": "SERVFAIL",
  "secret.example": "REFUSED",
};

Deno.test("a resolver finds what leads to a host", async (t) => {
  await withServer({ zones: ZONES }, async ({ resolver }) => {
    const exchangers = {
      kind: "found",
      records: [
        { type: "MX", preference: 20, exchange: "mx2.example.org" },
        { type: "MX", preference: 10, exchange: "mx1.example.org" },
      ],
    };
    const mx = {
      "example.org": exchangers,
      "EXAMPLE.org": exchangers,
      "alias.example": exchangers,
      "null.example": { kind: "found", records: [{ type: "MX", preference: 0, exchange: "" }] },
      "mx1.example.org": { kind: "none" },
      "gone.example": { kind: "no such domain" },
      "not a domain": { kind: "no such domain" },
    };
    for (const [name, want] of Object.entries(mx)) {
      await t.step(`MX ${name}`, async () => {
        equal(await resolver.mailExchangers(name, never), want);
      });
    }
    const addresses = {
      // By turns, IPv4 first.
      "mx1.example.org": [
        "192.0.2.1",
        "2001:db8::1",
        "192.0.2.2",
        "2001:db8::2",
        "2001:db8::3",
      ],
      "mapped.example": ["192.0.2.7"],
      "only6.example": ["2001:db8::9"],
    };
    for (const [name, records] of Object.entries(addresses)) {
      await t.step(`addresses ${name}`, async () => {
        equal(await resolver.addresses(name, never), { kind: "found", records });
      });
    }
    await t.step("addresses of who has none", async () => {
      equal(await resolver.addresses("empty.example", never), { kind: "none" });
      equal(await resolver.addresses("gone.example", never), { kind: "no such domain" });
      equal(await resolver.addresses("broken-alias.example", never), { kind: "no such domain" });
    });
    await t.step("failures are told from absence", async () => {
      match(reasonOf(await resolver.mailExchangers("ill.example", never)), /\(SERVFAIL\)$/);
      match(reasonOf(await resolver.addresses("secret.example", never)), /\(REFUSED\)$/);
    });
    await t.step("an alias of itself ends", async () => {
      equal(await resolver.mailExchangers("round.example", never), { kind: "none" });
    });
  });
});

Deno.test("a resolver asks on for an alias that the server does not follow", async () => {
  const options = { zones: ZONES, followsAliases: false };
  await withServer(options, async ({ resolver, server }) => {
    const found = await resolver.mailExchangers("alias.example", never);
    equal(found.kind === "found" && found.records.length, 2);
    equal(server.asked, ["MX alias.example by UDP", "MX example.org by UDP"]);
    equal(await resolver.addresses("broken-alias.example", never), { kind: "no such domain" });
  });
});

Deno.test("a resolver follows no endless chain of aliases", async () => {
  const zones = Object.fromEntries(
    Array.from({ length: 50 }, (_, n) => [`a${n}.example`, { CNAME: `a${n + 1}.example` }]),
  );
  await withServer({ zones, followsAliases: false }, async ({ resolver, server }) => {
    const reason = reasonOf(await resolver.mailExchangers("a0.example", never));
    match(reason, /^a0\.example is an alias of an alias, more than 8 times$/);
    equal(server.asked.length, 8);
  });
});

Deno.test("a resolver believes no answer to another question", async () => {
  await withServer({ zones: ZONES, udp: "forged" }, async ({ resolver }) => {
    equal((await resolver.mailExchangers("example.org", never)).kind, "found");
  });
});

Deno.test("a resolver asks by TCP for what does not fit into a datagram", async () => {
  await withServer({ zones: ZONES, udp: "truncated" }, async ({ resolver, server }) => {
    equal((await resolver.mailExchangers("example.org", never)).kind, "found");
    equal(server.asked, ["MX example.org by UDP", "MX example.org by TCP"]);
  });
});

Deno.test("a resolver asks by TCP where nothing comes back by UDP, and then at once", async () => {
  await withServer({ zones: ZONES, udp: "silence" }, async ({ clock, resolver, server }) => {
    const first = resolver.mailExchangers("example.org", never);
    await clock.advance(TIMEOUT_MS / 3);
    await clock.advance(TIMEOUT_MS / 3);
    equal((await first).kind, "found");
    equal(server.asked.map((question) => question.slice(-3)), ["UDP", "UDP", "TCP"]);
    equal((await resolver.mailExchangers("alias.example", never)).kind, "found");
    equal(server.asked.slice(3), ["MX alias.example by TCP"]);
  });
});

Deno.test("a resolver remembers answers for five minutes at most, and absence for one", async (t) => {
  const cases = [
    { name: "example.org", ttlS: 86_400, freshMs: 299_000, staleMs: 300_000 },
    { name: "example.org", ttlS: 30, freshMs: 29_000, staleMs: 30_000 },
    { name: "example.org", ttlS: 0, freshMs: undefined, staleMs: 0 },
    { name: "gone.example", ttlS: 86_400, freshMs: 59_000, staleMs: 60_000 },
    { name: "empty.example", ttlS: 86_400, freshMs: 59_000, staleMs: 60_000 },
    { name: "ill.example", ttlS: 86_400, freshMs: undefined, staleMs: 0 },
  ];
  for (const { name, ttlS, freshMs, staleMs } of cases) {
    await t.step(
      `${name} ${ttlS} s`,
      () =>
        withServer({ zones: ZONES, ttlS }, async ({ clock, resolver, server }) => {
          await resolver.mailExchangers(name, never);
          if (freshMs !== undefined) {
            await clock.advance(freshMs);
            await resolver.mailExchangers(name, never);
            equal(server.asked.length, 1);
          }
          await clock.advance(staleMs - (freshMs ?? 0));
          await resolver.mailExchangers(name, never);
          equal(server.asked.length, 2);
        }),
    );
  }
});

Deno.test("a resolver goes on to the next server when one is ill", async () => {
  await using ill = await startDnsServer({ zones: { "example.org": "SERVFAIL" } });
  await using well = await startDnsServer({ zones: ZONES });
  const { resolver } = rig(ill.port, well.port);
  equal((await resolver.mailExchangers("example.org", never)).kind, "found");
  equal([ill.asked.length, well.asked.length], [1, 1]);
});

Deno.test("a resolver says why it has found out nothing", async (t) => {
  await t.step("nobody answers within dns_timeout", async () => {
    await using server = await startDnsServer({ zones: { "example.org": "silence" } });
    const { clock, resolver } = rig(server.port);
    const found = resolver.mailExchangers("example.org", never);
    await elapse(clock, found);
    equal(await found, {
      kind: "failed",
      reason: "The DNS server 127.0.0.1 does not answer",
    });
  });
  await t.step("nobody is there", async () => {
    const { clock, resolver } = rig(freePort());
    const found = resolver.mailExchangers("example.org", never);
    await elapse(clock, found);
    match(
      reasonOf(await found),
      /^The DNS server 127\.0\.0\.1 (cannot be asked: |does not answer)/,
    );
  });
  await t.step("there is no server", async () => {
    const { resolver } = rig();
    equal(await resolver.mailExchangers("example.org", never), {
      kind: "failed",
      reason: "No DNS server is known: write one as dns_host",
    });
  });
});

Deno.test("a resolver ends with the abort reason", async () => {
  await using server = await startDnsServer({ zones: { "example.org": "silence" } });
  const { resolver } = rig(server.port);
  const abort = new AbortController();
  const looking = rejects(resolver.addresses("example.org", abort.signal), /no carrier/);
  await settle();
  abort.abort(new Error("no carrier"));
  await looking;
});

Deno.test("a resolver asks dns_host alone, from the next question on", async () => {
  await using system = await startDnsServer({ zones: ZONES });
  await using own = await startDnsServer({
    zones: { "example.org": { MX: ["5 inside.example"] } },
  });
  let nameServer: { readonly host: string; readonly port: number } | undefined;
  const resolver = createResolver({
    options: () => ({ nameServer, dnsTimeoutMs: TIMEOUT_MS }),
    dns: {
      ...systemDnsSockets,
      servers: () => Promise.resolve([{ host: "127.0.0.1", port: system.port }]),
    },
    ...{ net: systemNet, clock: new ManualClock(), random: systemRandom },
  });
  const preferences = async () => {
    const found = await resolver.mailExchangers("example.org", never);
    return found.kind === "found" ? found.records.map(({ preference }) => preference) : [];
  };
  equal(await preferences(), [20, 10]);
  nameServer = { host: "127.0.0.1", port: own.port };
  equal(await preferences(), [5]);
  nameServer = undefined;
  equal(await preferences(), [20, 10]);
  equal(system.asked.length, 1, "What is remembered is remembered by server");
});
