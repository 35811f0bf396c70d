import { ok, strictEqual } from "node:assert/strict";
import { exchangerSet } from "../../../../src/agents/relay/mail_exchangers.ts";
import { routeOf } from "../../../../src/agents/relay/route.ts";
import { SharedLanes } from "../../../../src/agents/relay/shared_lanes.ts";
import { FakeResolver } from "../../../support/fake_resolver.ts";
import { relayOptions } from "../../../support/relay_parts.ts";

const never = new AbortController().signal;

const ZONES = {
  "one.example": { mx: ["10 b.host", "10 a.host", "20 c.host"] },
  "two.example": { mx: ["1 a.host", "1 b.host", "3 c.host"] },
  "other.example": { mx: ["10 c.host", "20 a.host"] },
  "ours.example": { mx: ["10 a.host", "20 office.here"] },
  "null.example": { mx: ["0 "] },
  "ill.example": { mx: { kind: "failed", reason: "no answer" } },
  "plain.example": { addresses: ["192.0.2.1"] },
} as const;

function rig() {
  const resolver = new FakeResolver(ZONES);
  return new SharedLanes({ resolver, isOwnName: (host) => host === "office.here" });
}

Deno.test("find() gives domains with the same exchangers one lane, and others their own", async (t) => {
  const cases = [
    { domain: "one.example", want: "a.host,b.host c.host" },
    { domain: "two.example", want: "a.host,b.host c.host" },
    { domain: "other.example", want: "c.host a.host" },
    { domain: "ours.example", want: "ours.example" },
    { domain: "null.example", want: "null.example" },
    { domain: "ill.example", want: "ill.example" },
    { domain: "plain.example", want: "plain.example" },
    { domain: "nowhere.example", want: "nowhere.example" },
  ];
  for (const { domain, want } of cases) {
    await t.step(domain, async () => {
      const lanes = rig();
      const route = routeOf(`bob@${domain}`, relayOptions());
      strictEqual(lanes.of(route), domain);
      strictEqual(await lanes.find(route, never), want);
      strictEqual(lanes.of(route), want);
    });
  }
});

Deno.test("find() keeps apart what is protected, or led, in another way", async () => {
  const lanes = rig();
  const options = relayOptions({ tls: [{ domain: "two.example", tls: "must" }] });
  const found = await Promise.all(
    ["one.example", "two.example"].map((domain) =>
      lanes.find(routeOf(`bob@${domain}`, options), never)
    ),
  );
  strictEqual(found[1], `${found[0]} tls must`);
});

Deno.test("find() asks twenty questions at a time, and forgets nobody who waits for that", async () => {
  const zones = Object.fromEntries(
    Array.from({ length: 70 }, (_, at) => [`${at}.example`, { mx: [`1 ${at}.host`] }]),
  );
  const resolver = new FakeResolver(zones);
  let [asking, most] = [0, 0];
  const mailExchangers = resolver.mailExchangers.bind(resolver);
  resolver.mailExchangers = async (domain) => {
    most = Math.max(most, ++asking);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    asking--;
    return await mailExchangers(domain);
  };
  const lanes = new SharedLanes({ resolver, isOwnName: () => false });
  const leaving = new AbortController();
  const routes = Array.from({ length: 350 }, (_, at) => {
    return routeOf(`bob@${at % 70}.example`, relayOptions());
  });
  const found = routes.map((route, at) =>
    lanes.find(route, at % 3 === 0 ? leaving.signal : never)?.catch(() => "left")
  );
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  leaving.abort();
  const names = await Promise.all(found);
  strictEqual(most, 20);
  ok(names.includes("left"));
  for (const [at, name] of names.entries()) {
    // Who shares a question with one that leaves goes without an answer.
    if (at % 3 !== 0) ok(name === `${at % 70}.host` || name === `${at % 70}.example`, name);
  }
});

Deno.test("find() asks nobody for a gateway or the host in an address", () => {
  const lanes = rig();
  const gateways = [{ domain: "*", host: "mx.isp", port: 25 }];
  strictEqual(lanes.find(routeOf("bob@one.example", relayOptions({ gateways })), never), undefined);
  strictEqual(lanes.find(routeOf("bob@[192.0.2.1]", relayOptions()), never), undefined);
});

Deno.test("find() forgets what is not so any more", async () => {
  const zones: Record<string, { mx: readonly string[] }> = { "one.example": { mx: ["1 a.host"] } };
  const lanes = new SharedLanes({ resolver: new FakeResolver(zones), isOwnName: () => false });
  const route = routeOf("bob@one.example", relayOptions());
  strictEqual(await lanes.find(route, never), "a.host");
  zones["one.example"] = { mx: ["1 b.host"] };
  strictEqual(await lanes.find(route, never), "b.host");
  delete zones["one.example"];
  strictEqual(await lanes.find(route, never), "one.example");
});

Deno.test("exchangerSet() names none that has more hosts than are tried", () => {
  const records = Array.from(
    { length: 11 },
    (_, at) => ({ preference: 1, exchange: `${at}.host` }),
  );
  strictEqual(exchangerSet(records, () => false), undefined);
  strictEqual(exchangerSet(records.slice(0, 2), () => false), "0.host,1.host");
});
