import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { addressMessage } from "../../../../src/agents/popfetch/addressing.ts";
import { FakeRouter } from "../../../support/fetch_world.ts";

const origin = { kind: "fetched", account: "office@pop", uidl: "1" } as const;
const unknown = (address: string) => ({ address, reason: "User unknown" });

Deno.test("addressMessage() decides", async (t) => {
  const cases = [
    {
      why: "all known",
      to: ["bob@office.example", "anna@office.example"],
      want: {
        kind: "known",
        recipients: ["bob@office.example", "anna@office.example"],
        caretaker: "",
        refused: [],
      },
    },
    {
      why: "strangers are no recipients",
      to: ["bob@office.example", "alice@world.example"],
      want: { kind: "known", recipients: ["bob@office.example"], caretaker: "", refused: [] },
    },
    {
      why: "only strangers: to the caretaker as it is",
      to: ["alice@world.example"],
      want: { kind: "known", recipients: ["caretaker@office.example"], caretaker: "", refused: [] },
    },
    {
      why: "nobody named: to the caretaker as it is",
      to: [],
      want: { kind: "known", recipients: ["caretaker@office.example"], caretaker: "", refused: [] },
    },
    {
      why: "some unknown: the caretaker is told",
      to: ["bob@office.example", "nobody@office.example"],
      want: {
        kind: "known",
        recipients: ["bob@office.example"],
        caretaker: "caretaker@office.example",
        refused: [unknown("nobody@office.example")],
      },
    },
    {
      why: "all unknown: the caretaker alone",
      to: ["nobody@office.example"],
      want: {
        kind: "known",
        recipients: [],
        caretaker: "caretaker@office.example",
        refused: [unknown("nobody@office.example")],
      },
    },
    {
      why: "the caretaker is a recipient: one copy, the one with the note",
      to: ["Caretaker@office.example", "nobody@office.example"],
      want: {
        kind: "known",
        recipients: [],
        caretaker: "caretaker@office.example",
        refused: [unknown("nobody@office.example")],
      },
    },
    {
      why: "nobody can say now",
      to: ["bob@office.example", "unclear@office.example"],
      want: { kind: "deferred", reason: "The database is away" },
    },
    {
      why: "some unknown, no caretaker: those who are known",
      to: ["bob@office.example", "nobody@office.example"],
      caretaker: "",
      want: {
        kind: "known",
        recipients: ["bob@office.example"],
        caretaker: "",
        refused: [unknown("nobody@office.example")],
      },
    },
    {
      why: "nobody, no caretaker",
      to: ["alice@world.example"],
      caretaker: "",
      want: {
        kind: "undeliverable",
        reason: "it names no recipient here; pf_dflt_address is not set",
      },
    },
    {
      why: "unknown, and the caretaker is unknown too",
      to: ["nobody@office.example"],
      caretaker: "nobody2@office.example",
      want: {
        kind: "undeliverable",
        reason:
          "nobody@office.example: User unknown; pf_dflt_address nobody2@office.example: User unknown",
      },
    },
    {
      why: "a caretaker elsewhere would be relaying",
      to: [],
      caretaker: "me@world.example",
      want: {
        kind: "undeliverable",
        reason:
          "it names no recipient here; pf_dflt_address me@world.example is not a local address",
      },
    },
    {
      why: "nobody can say whether the caretaker exists",
      to: [],
      caretaker: "unclear@office.example",
      want: {
        kind: "deferred",
        reason: "pf_dflt_address unclear@office.example: The database is away",
      },
    },
  ];
  for (const { why, to, caretaker = "caretaker@office.example", want } of cases) {
    await t.step(why, async () => {
      const router = new FakeRouter();
      router.unclear.add("unclear");
      const got = await addressMessage(
        { addresses: to, where: "To" },
        { router, origin, defaultAddress: caretaker },
      );
      assertEquals(got, want);
    });
  }
});

Deno.test("addressMessage() finds one of ours behind a thousand strangers", async () => {
  const strangers = Array.from({ length: 5000 }, (_, at) => `user${at}@world.example`);
  const got = await addressMessage(
    { addresses: [...strangers, "bob@office.example"], where: "To" },
    { router: new FakeRouter(), origin, defaultAddress: "" },
  );
  assertEquals(got, {
    kind: "known",
    recipients: ["bob@office.example"],
    caretaker: "",
    refused: [],
  });
});

Deno.test("addressMessage() checks a thousand users and tells the caretaker of the rest", async () => {
  const router = new FakeRouter();
  const many = Array.from({ length: 1500 }, (_, at) => `user${at}@office.example`);
  for (let at = 0; at < 1500; at++) router.users.add(`user${at}`);
  const got = await addressMessage(
    { addresses: many, where: "To" },
    { router, origin, defaultAddress: "caretaker@office.example" },
  );
  assertEquals(got, {
    kind: "known",
    recipients: many.slice(0, 1000),
    caretaker: "caretaker@office.example",
    refused: [{ address: "500 more", reason: "Too many recipients" }],
  });
});
