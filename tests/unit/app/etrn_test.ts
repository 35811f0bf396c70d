import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { Etrn } from "../../../src/app/etrn.ts";
import type { LinkState } from "../../../src/domain/link/mod.ts";
import type { EtrnQuestion } from "../../../src/servers/smtpd/mod.ts";
import { FakeLine } from "../../support/fake_line.ts";
import { ManualClock, settle } from "../../support/manual_clock.ts";
import { ModelSmtpServer } from "../../support/model_smtp_server.ts";
import { RememberingLog } from "../../support/remembering_log.ts";

const never = new AbortController().signal;

/** A hub on which a message waits for each of `waiting`, and that remembers what it has tried. */
function hub({
  waiting = [] as readonly string[],
  permanent = true,
  state = "up" as LinkState,
  suspended = false,
  farm = [] as readonly string[],
} = {}) {
  const flushed: string[] = [];
  const net = new ModelSmtpServer("PIPELINING", "ETRN");
  const log = new RememberingLog();
  const queue = {
    suspended,
    waitingFor: (wanted: string, { below }: { below: boolean }) =>
      waiting.filter((domain) => domain === wanted || (below && domain.endsWith(`.${wanted}`)))
        .length,
    flush(about: { domain?: string; below?: boolean }) {
      flushed.push(`${about.below ? "@" : ""}${about.domain}`);
      return Promise.resolve({ delivered: 1, deferred: 0, failed: 0, problems: [] });
    },
  };
  const etrn = new Etrn({
    queue: queue as unknown as ConstructorParameters<typeof Etrn>[0]["queue"],
    router: { isLocal: (address) => address.endsWith("@hub.example") },
    link: new FakeLine({ permanent, state }),
    gateways: () => [
      { domain: "*", host: "10.1.0.9", port: 25 },
      { domain: "branch.example", host: "10.1.0.1", port: 25 },
      { domain: "*.branch.example", host: "10.1.0.1", port: 25 },
    ],
    atrnDomains: () => ["roaming.example", "roaming.branch.example", "sub.roaming.example"],
    members: () => farm.map((host) => ({ host, port: 25 })),
    hostname: () => "hub.example",
    isOwn: ({ host }) => host === "10.9.0.9",
    net,
    clock: new ManualClock(),
    log,
    signal: never,
  });
  return { etrn, flushed, net, log };
}

const question = (domain: string, also: Partial<EtrnQuestion> = {}): EtrnQuestion => ({
  node: domain.replace("@", ""),
  below: domain.startsWith("@"),
  address: "192.0.2.9",
  isKnown: true,
  isOfFarm: false,
  ...also,
});

const WAITING = ["branch.example", "branch.example", "sub.branch.example", "else.example"];

Deno.test("answer() tries what waits, and tells those it knows how much it is", async (t) => {
  const waiting = WAITING;
  const down = { waiting, permanent: false, state: "down" as const };
  const unable = (reason: string) => ({ kind: "unable", reason });
  const cases = [
    {
      domain: "branch.example",
      options: { waiting },
      want: { kind: "pending", messages: 2 },
      flushed: ["branch.example"],
    },
    {
      domain: "@branch.example",
      options: { waiting },
      want: { kind: "pending" },
      flushed: ["@branch.example"],
    },
    { domain: "ch.example", options: { waiting }, want: { kind: "nothing" }, flushed: [] },
    {
      domain: "branch.example",
      options: { waiting, suspended: true },
      want: unable("outgoing mail is suspended"),
      flushed: [],
    },
    { domain: "branch.example", options: down, want: unable("the line is down"), flushed: [] },
    { domain: "ch.example", options: down, want: { kind: "nothing" }, flushed: [] },
    {
      domain: "branch.example",
      options: { ...down, state: "up" as const },
      want: { kind: "pending", messages: 2 },
      flushed: ["branch.example"],
    },
    {
      domain: "hub.example",
      options: { waiting },
      want: { kind: "refused", reason: "its mail is kept here" },
      flushed: [],
    },
    { domain: "@hub.example", options: { waiting }, want: { kind: "nothing" }, flushed: [] },
  ];
  for (const { domain, options, want, flushed: tried } of cases) {
    const { suspended = false, state = "up" } = options as { suspended?: boolean; state?: string };
    await t.step(`${domain} ${state} ${suspended}`, async () => {
      const { etrn, flushed } = hub(options);
      await using _etrn = etrn;
      equal(etrn.answer(question(domain)), want);
      await settle();
      equal(flushed, tried);
    });
  }
});

Deno.test("answer() tells strangers nothing, and does the same", async (t) => {
  const stranger = { isKnown: false };
  for (const domain of ["branch.example", "@branch.example", "ch.example"]) {
    await t.step(domain, async () => {
      const { etrn, flushed, log } = hub({ waiting: WAITING });
      await using _etrn = etrn;
      equal(etrn.answer(question(domain, stranger)), { kind: "started" });
      await settle();
      strictEqual(flushed.length, domain === "ch.example" ? 0 : 1);
      strictEqual(log.of("ETRN")[0]?.["client"], "192.0.2.9");
    });
  }
  for (const domain of ["branch.example", "ch.example"]) {
    await t.step(`${domain} while the line is down`, async () => {
      const { etrn } = hub({ waiting: WAITING, permanent: false, state: "down" });
      await using _etrn = etrn;
      equal(etrn.answer(question(domain, stranger)), {
        kind: "unable",
        reason: "the line is down",
      });
    });
  }
});

Deno.test("answer() knows the host that the mail is for", async () => {
  const { etrn } = hub({ waiting: WAITING });
  await using _etrn = etrn;
  const gateway = { isKnown: false, address: "::ffff:10.1.0.1" };
  equal(etrn.answer(question("branch.example", gateway)), { kind: "pending", messages: 2 });
  equal(etrn.answer(question("else.example", gateway)), { kind: "started" });
});

Deno.test("answer() tells the farm, and does not say that nothing waits there", async (t) => {
  const farm = ["10.9.0.1", "10.9.0.9"];
  const cases = [
    { name: "nothing here", options: {}, want: { kind: "started" }, told: true },
    {
      name: "something here",
      options: { waiting: WAITING },
      want: { kind: "pending", messages: 2 },
      told: true,
    },
    {
      name: "suspended here",
      options: { waiting: WAITING, suspended: true },
      want: { kind: "started" },
      told: true,
    },
    {
      name: "the line is down",
      options: { permanent: false, state: "down" as const },
      want: { kind: "nothing" },
      told: false,
    },
    { name: "from the farm", also: { isOfFarm: true }, want: { kind: "nothing" }, told: false },
  ];
  for (const { name, options = {}, also = {}, want, told } of cases) {
    await t.step(name, async () => {
      const { etrn, net } = hub({ ...options, farm });
      await using _etrn = etrn;
      equal(etrn.answer(question("branch.example", also)), want);
      await settle();
      equal(net.commands.filter((command) => command.startsWith("ETRN")), [
        ...(told ? ["ETRN branch.example"] : []),
      ]);
    });
  }
});

Deno.test("answer() tries no mail that waits for ATRN: it would be given back", async (t) => {
  const refused = { kind: "refused", reason: "its mail is handed out by ATRN" };
  const cases = [
    { domain: "roaming.example", want: refused },
    { domain: "@roaming.example", want: refused },
    { domain: "@sub.roaming.example", want: refused },
    { domain: "other.roaming.example", want: { kind: "pending", messages: 1 } },
    // It has a gateway of its own, where it may be sent.
    { domain: "roaming.branch.example", want: { kind: "pending", messages: 1 } },
    { domain: "@branch.example", want: { kind: "pending" } },
  ];
  const waiting = [
    ...["roaming.example", "sub.roaming.example", "other.roaming.example"],
    "roaming.branch.example",
  ];
  for (const { domain, want } of cases) {
    await t.step(domain, async () => {
      const { etrn, flushed, net } = hub({ waiting, farm: ["10.9.0.1"] });
      await using _etrn = etrn;
      equal(etrn.answer(question(domain)), want);
      await settle();
      strictEqual(flushed.length, want === refused ? 0 : 1);
      if (want === refused) strictEqual(net.connections, 0);
    });
  }
});
