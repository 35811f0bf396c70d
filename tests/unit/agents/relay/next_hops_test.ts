import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { FailedHosts } from "../../../../src/agents/relay/failed_hosts.ts";
import { type Hop, nextHops, type NextHopsDeps } from "../../../../src/agents/relay/next_hops.ts";
import type { Route } from "../../../../src/agents/relay/route.ts";
import { FakeResolver, type FakeZone } from "../../../support/fake_resolver.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { SeededRandom } from "../../../support/seeded_random.ts";

const never = new AbortController().signal;
const SILENT = { kind: "failed", reason: "The DNS server does not answer" } as const;

function depsOf(zones: Readonly<Record<string, FakeZone>>, own: Partial<NextHopsDeps> = {}) {
  const resolver = new FakeResolver(zones);
  return {
    resolver,
    deps: {
      resolver,
      random: new SeededRandom(1),
      failed: new FailedHosts(new ManualClock()),
      looksUpGateways: false,
      isOwnName: (host: string) => host === "we.example",
      isOwn: ({ host, port }: { host: string; port: number }) =>
        host === "203.0.113.1" && port === 25,
      ...own,
    } satisfies NextHopsDeps,
  };
}

function routeTo(domain: string, more: Partial<Route> = {}): Route {
  return {
    name: domain,
    domain,
    gateway: undefined,
    proxy: undefined,
    protection: { tls: "may" },
    ...more,
  };
}

/** The addresses in their order, and last why there is no other. */
async function all(route: Route, deps: NextHopsDeps) {
  const hops: Hop[] = [];
  const found = nextHops(route, deps, never);
  let next = await found.next();
  for (; !next.done; next = await found.next()) hops.push(next.value);
  const { kind, status, reason } = next.value;
  return { hops, addresses: hops.map(({ address }) => address), end: `${kind} ${status}`, reason };
}

Deno.test("nextHops() follows RFC 5321 section 5.1", async (t) => {
  const own = { addresses: ["203.0.113.1"] };
  const cases: readonly {
    readonly why: string;
    readonly zones: Readonly<Record<string, FakeZone>>;
    readonly addresses: readonly string[];
    readonly end?: string;
  }[] = [
    {
      why: "by preference, each address of a host in turn",
      zones: {
        "far.example": { mx: ["20 b.example", "10 a.example"] },
        "a.example": { addresses: ["192.0.2.1", "2001:db8::1"] },
        "b.example": { addresses: ["192.0.2.2"] },
      },
      addresses: ["192.0.2.1", "2001:db8::1", "192.0.2.2"],
    },
    {
      why: "the domain itself if it has no exchanger",
      zones: { "far.example": { addresses: ["192.0.2.9"] } },
      addresses: ["192.0.2.9"],
    },
    {
      why: "not the domain itself if its exchangers are unknown",
      zones: { "far.example": { mx: ["1 gone.example"], addresses: ["192.0.2.9"] } },
      addresses: [],
      end: "permanent 5.4.4",
    },
    {
      why: "not the domain itself if its exchangers cannot be looked up",
      zones: { "far.example": { mx: SILENT, addresses: ["192.0.2.9"] } },
      addresses: [],
      end: "temporary 4.4.3",
    },
    { why: "no such domain", zones: {}, addresses: [], end: "permanent 5.1.2" },
    {
      why: "neither exchanger nor address",
      zones: { "far.example": {} },
      addresses: [],
      end: "permanent 5.4.4",
    },
    {
      why: "an address that cannot be looked up",
      zones: { "far.example": { addresses: SILENT } },
      addresses: [],
      end: "temporary 4.4.3",
    },
    {
      why: "null MX",
      zones: { "far.example": { mx: ["0 "], addresses: ["192.0.2.9"] } },
      addresses: [],
      end: "permanent 5.1.10",
    },
    {
      why: "an exchanger that does not exist, and one that does",
      zones: {
        "far.example": { mx: ["1 gone.example", "2 a.example"] },
        "a.example": { addresses: ["192.0.2.1"] },
      },
      addresses: ["192.0.2.1"],
    },
    {
      why: "one that cannot be looked up, and one that does not exist",
      zones: {
        "far.example": { mx: ["1 a.example", "2 gone.example"] },
        "a.example": { addresses: SILENT },
      },
      addresses: [],
      end: "temporary 4.4.3",
    },
    {
      why: "better ones than we, and not ourselves or worse ones",
      zones: {
        "far.example": { mx: ["1 a.example", "2 we.example", "3 b.example"] },
        "a.example": { addresses: ["192.0.2.1"] },
        "b.example": { addresses: ["192.0.2.2"] },
      },
      addresses: ["192.0.2.1"],
      end: "permanent 5.4.6",
    },
    {
      why: "nobody that is no better than we, known by our address",
      zones: {
        "far.example": { mx: ["2 a.example", "2 b.example"] },
        "a.example": { addresses: ["192.0.2.1"] },
        "b.example": own,
      },
      addresses: [],
      end: "permanent 5.4.6",
    },
    {
      why: "we without an exchanger",
      zones: { "far.example": own },
      addresses: [],
      end: "permanent 5.4.6",
    },
    {
      why: "not for good if a better one could not be looked up",
      zones: {
        "far.example": { mx: ["1 a.example", "2 we.example"] },
        "a.example": { addresses: SILENT },
      },
      addresses: [],
      end: "temporary 4.4.3",
    },
    {
      why: "an address that two hosts share, once",
      zones: {
        "far.example": { mx: ["1 a.example", "2 b.example"] },
        "a.example": { addresses: ["192.0.2.1"] },
        "b.example": { addresses: ["192.0.2.1", "192.0.2.2"] },
      },
      addresses: ["192.0.2.1", "192.0.2.2"],
    },
    {
      why: "four addresses of a host, five in all",
      zones: {
        "far.example": { mx: ["1 a.example", "2 b.example"] },
        "a.example": { addresses: ["1", "2", "3", "4", "5"].map((n) => `192.0.2.${n}`) },
        "b.example": { addresses: ["192.0.2.11", "192.0.2.12"] },
      },
      addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.11"],
    },
  ];
  for (const { why, zones, addresses, end } of cases) {
    await t.step(why, async () => {
      const found = await all(routeTo("far.example"), depsOf(zones).deps);
      equal(found.addresses, addresses);
      if (end !== undefined) equal(found.end, end);
    });
  }
});

Deno.test("nextHops() says in words why there is none", async (t) => {
  const cases: readonly { readonly zones: Record<string, FakeZone>; readonly want: string }[] = [
    { zones: {}, want: "There is no such domain: far.example" },
    {
      zones: { "far.example": { mx: SILENT } },
      want: "Cannot look up far.example: The DNS server does not answer",
    },
    { zones: { "far.example": { mx: ["0 "] } }, want: "far.example takes no mail (null MX)" },
    {
      zones: { "far.example": {} },
      want: "far.example takes no mail: it has neither a mail exchanger nor an address",
    },
    {
      zones: { "far.example": { mx: ["0 a.example"] } },
      want: "No mail exchanger of far.example has an address",
    },
    {
      zones: { "far.example": { mx: ["0 we.example"] } },
      want: "Mail for far.example loops back: its mail exchanger is this server",
    },
  ];
  for (const { zones, want } of cases) {
    await t.step(want, async () => {
      equal((await all(routeTo("far.example"), depsOf(zones).deps)).reason, want);
    });
  }
});

Deno.test("nextHops() asks for no more than it needs", async () => {
  const { deps, resolver } = depsOf({
    "far.example": { mx: ["1 a.example", "2 b.example"] },
    "a.example": { addresses: ["192.0.2.1"] },
    "b.example": { addresses: ["192.0.2.2"] },
  });
  const hops = nextHops(routeTo("far.example"), deps, never);
  await hops.next();
  equal(resolver.asked, ["MX far.example", "A a.example"]);
  await hops.next();
  equal(resolver.asked.slice(2), ["A b.example"]);
});

Deno.test("nextHops() tries last what has failed a while ago", async () => {
  const { deps } = depsOf({
    "far.example": { mx: ["1 a.example", "2 b.example"] },
    "a.example": { addresses: ["192.0.2.1", "192.0.2.2"] },
    "b.example": { addresses: ["192.0.2.3"] },
  });
  deps.failed.add({ host: "other name", address: "192.0.2.1", port: 25 });
  const { addresses } = await all(routeTo("far.example"), deps);
  equal(addresses, ["192.0.2.2", "192.0.2.3", "192.0.2.1"]);
});

Deno.test("nextHops() leads to a gateway as its line says", async (t) => {
  const zones = {
    "gw.example": { addresses: ["192.0.2.1", "192.0.2.2"] },
    "ill.example": { addresses: SILENT },
    "empty.example": {},
  };
  const proxy = { domain: "*", host: "10.0.0.1", port: 23, request: "$IP" };
  const cases = [
    { gateway: "192.0.2.7", addresses: ["192.0.2.7"] },
    { gateway: "gw.example", addresses: ["gw.example"] },
    { gateway: "gw.example", looksUp: true, addresses: ["192.0.2.1", "192.0.2.2"] },
    { gateway: "gw.example", proxy, addresses: ["192.0.2.1", "192.0.2.2"] },
    { gateway: "192.0.2.7", proxy, looksUp: true, addresses: ["192.0.2.7"] },
    { gateway: "ill.example", looksUp: true, addresses: [], end: "temporary 4.4.3" },
    // A typing error of the administrator costs nobody a message.
    { gateway: "empty.example", looksUp: true, addresses: [], end: "temporary 4.4.4" },
    { gateway: "gone.example", looksUp: true, addresses: [], end: "temporary 4.4.4" },
    { gateway: "203.0.113.1", addresses: [], end: "temporary 4.4.6" },
  ];
  for (const { gateway: host, proxy, looksUp = false, addresses, end } of cases) {
    await t.step(`${host} ${looksUp} ${proxy?.host}`, async () => {
      const gateway = { domain: "*", host, port: 25 };
      const route = routeTo("far.example", { gateway, proxy });
      const found = await all(route, depsOf(zones, { looksUpGateways: looksUp }).deps);
      equal(found.addresses, addresses);
      ok(found.hops.every((hop) => hop.host === host && hop.port === 25));
      if (end !== undefined) equal(found.end, end);
    });
  }
});

Deno.test("nextHops() never leads to ourselves, nor twice to one address, whatever DNS says", async () => {
  const name = fc.constantFrom("a.example", "b.example", "c.example", "we.example", "d.example");
  const ip: fc.Arbitrary<string> = fc.constantFrom(
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.3",
    "203.0.113.1",
    "2001:db8::1",
  );
  const ips = fc.array(ip, { maxLength: 4 });
  const exchangers = fc.array(fc.tuple(fc.nat(3), name), { maxLength: 6 });
  const hosts = fc.record({ "a.example": ips, "b.example": ips, "c.example": ips });
  await fc.assert(fc.asyncProperty(exchangers, hosts, fc.nat(), async (mx, hosts, seed) => {
    const zones = Object.fromEntries(
      Object.entries(hosts).map(([host, addresses]) => [host, { addresses }] as const),
    );
    const records = mx.map(([preference, host]) => `${preference} ${host}`);
    const { deps } = depsOf({ ...zones, "far.example": { mx: records } }, {
      random: new SeededRandom(seed),
    });
    const { addresses } = await all(routeTo("far.example"), deps);
    ok(!addresses.includes("203.0.113.1"));
    equal(new Set(addresses).size, addresses.length);
    const isUs = (host: string) =>
      host === "we.example" || zones[host]?.addresses.includes("203.0.113.1");
    const best = (wanted: (host: string) => boolean | undefined) =>
      Math.min(...mx.filter(([, host]) => wanted(host)).map(([preference]) => preference));
    for (const address of addresses) {
      ok(best((host) => zones[host]?.addresses.includes(address)) < best(isUs));
    }
  }));
});

Deno.test("nextHops() asks no DNS about an address literal, and never leads to ourselves", async (t) => {
  for (
    const { literal, addresses, end } of [
      { literal: "192.0.2.1", addresses: ["192.0.2.1"], end: "temporary 4.4.1" },
      { literal: "2001:db8::1", addresses: ["2001:db8::1"], end: "temporary 4.4.1" },
      { literal: "203.0.113.1", addresses: [], end: "permanent 5.4.6" },
    ]
  ) {
    await t.step(literal, async () => {
      const { deps, resolver } = depsOf({});
      const found = await all(routeTo(`[${literal}]`, { literal }), deps);
      equal([found.addresses, found.end, resolver.asked], [addresses, end, []]);
    });
  }
});
