import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Destination, Resolution, Verdict } from "../../../../src/domain/routing/mod.ts";
import type { Reply } from "../../../../src/servers/smtpd/replies.ts";
import { type VerifyContext, verifyReply } from "../../../../src/servers/smtpd/verify.ts";
import { silentLog } from "../../../support/silent_log.ts";

const VERDICTS: Readonly<Record<string, Verdict>> = {
  "bob@office.test": { kind: "accept", to: "local", users: ["bob"] },
  "all@office.test": { kind: "accept", to: "redirected", users: [] },
  "x@partner.test": { kind: "accept", to: "relay", users: [] },
  "x@world.test": { kind: "refuse", status: "5.7.1", reason: "Relaying is not permitted" },
  "down@office.test": { kind: "defer", status: "4.3.0", reason: "Asleep" },
};

const NOBODY: Verdict = { kind: "refuse", status: "5.1.1", reason: "No such user here" };

const LISTS: Readonly<Record<string, readonly Destination[]>> = {
  "bob@office.test": [{ kind: "maildrop", user: "bob" }],
  "all@office.test": [
    { kind: "maildrop", user: "bob" },
    { kind: "relay", address: "zoe@home.test" },
    { kind: "robot", command: "/usr/bin/secret", domain: "office.test" },
    { kind: "file", path: "/var/secret" },
  ],
};

const ROUTER: VerifyContext["router"] = {
  check: (address) => {
    if (address.startsWith("broken")) return Promise.reject(new Error("/var/secret: I/O error"));
    return Promise.resolve(VERDICTS[address] ?? NOBODY);
  },
  resolve: (address): Promise<Resolution> => {
    if (address.startsWith("down")) {
      return Promise.resolve({ kind: "unavailable", status: "4.3.0", reason: "Asleep" });
    }
    const reject = {
      kind: "reject",
      address,
      status: "5.1.1",
      reason: "No such user here",
    } as const;
    const destinations = LISTS[address] ?? [reject];
    return Promise.resolve({ kind: "resolved", destinations, steps: [] });
  },
  isLocal: (address) => address.endsWith("@office.test"),
};

function verify(line: string, context: Partial<VerifyContext>): Promise<Reply> {
  return verifyReply(line, {
    hostname: "office.test",
    origin: { kind: "network", address: "192.0.2.9" },
    isTrusted: false,
    fakeVrfy: undefined,
    router: ROUTER,
    log: silentLog,
    onUnknownUser: () => {},
    ...context,
  });
}

const TELLS_NOTHING = "252 Cannot VRFY user, but will accept message and attempt delivery";
const NO_LISTS = "550 5.7.1 Lists are not shown";

Deno.test("verifyReply() tells the truth to whom fake_vrfy says (S25)", async (t) => {
  const strangers = { isTrusted: false };
  const ours = { isTrusted: true };
  const cases = [
    { who: strangers, fakeVrfy: undefined, bob: TELLS_NOTHING, nobody: TELLS_NOTHING },
    {
      who: ours,
      fakeVrfy: undefined,
      bob: "250 <bob@office.test>",
      nobody: "550 5.1.1 No such user here",
    },
    {
      who: strangers,
      fakeVrfy: false,
      bob: "250 <bob@office.test>",
      nobody: "550 5.1.1 No such user here",
    },
    {
      who: strangers,
      fakeVrfy: true,
      bob: "250 <bob@office.test>",
      nobody: "250 <nobody@office.test>",
    },
    { who: ours, fakeVrfy: true, bob: "250 <bob@office.test>", nobody: "250 <nobody@office.test>" },
  ];
  for (const { who, fakeVrfy, bob, nobody } of cases) {
    await t.step(`${fakeVrfy} for ${JSON.stringify(who)}`, async () => {
      for (const [name, want] of [["bob", bob], ["nobody", nobody]]) {
        const { code, text } = await verify(`VRFY ${name}`, { ...who, fakeVrfy });
        strictEqual(`${code} ${text}`, want);
      }
    });
  }
});

Deno.test("verifyReply() answers every form of VRFY truly", async (t) => {
  const cases = [
    { line: "VRFY bob", want: "250 <bob@office.test>" },
    { line: "vrfy <bob@office.test>", want: "250 <bob@office.test>" },
    { line: "VRFY all@office.test", want: "250 <all@office.test>" },
    { line: "VRFY x@partner.test", want: TELLS_NOTHING },
    { line: "VRFY x@world.test", want: "550 5.7.1 Relaying is not permitted" },
    { line: "VRFY down", want: "451 4.3.0 Asleep" },
    { line: "VRFY broken", want: "451 4.3.0 Local error in processing, try again later" },
    { line: "VRFY", want: "501 5.5.4 Expected VRFY user" },
    { line: "VRFY <>", want: "501 5.5.4 Expected VRFY user" },
    { line: "VRFY a b", want: "501 5.5.4 Expected VRFY user" },
    { line: `VRFY ${"x".repeat(1000)}`, want: "501 5.5.4 Expected VRFY user" },
  ];
  for (const { line, want } of cases) {
    await t.step(line.slice(0, 40), async () => {
      const { code, text } = await verify(line, { fakeVrfy: false });
      strictEqual(`${code} ${text}`, want);
    });
  }
});

Deno.test("verifyReply() shows lists to our own people alone", async (t) => {
  const members = ["<bob@office.test>", "<zoe@home.test>", "A program", "A file"];
  const cases: readonly { line: string; context: Partial<VerifyContext>; want: unknown }[] = [
    { line: "EXPN all", context: { isTrusted: true }, want: { code: 250, text: members } },
    {
      line: "expn all@office.test",
      context: { isTrusted: true, fakeVrfy: false },
      want: { code: 250, text: members },
    },
    { line: "EXPN all", context: { fakeVrfy: false }, want: NO_LISTS },
    { line: "EXPN all", context: {}, want: NO_LISTS },
    { line: "EXPN", context: {}, want: NO_LISTS },
    { line: "EXPN all", context: { isTrusted: true, fakeVrfy: true }, want: NO_LISTS },
    { line: "EXPN x@partner.test", context: { isTrusted: true }, want: TELLS_NOTHING },
    { line: "EXPN nobody", context: { isTrusted: true }, want: "550 5.1.1 No such user here" },
    { line: "EXPN down", context: { isTrusted: true }, want: "451 4.3.0 Asleep" },
    { line: "EXPN", context: { isTrusted: true }, want: "501 5.5.4 Expected EXPN user" },
  ];
  for (const { line, context, want } of cases) {
    await t.step(`${line} ${JSON.stringify(context)}`, async () => {
      const reply = await verify(line, context);
      if (typeof want === "string") strictEqual(`${reply.code} ${reply.text}`, want);
      else deepStrictEqual(reply, want);
    });
  }
});

Deno.test("verifyReply() names a bounded number of members", async () => {
  const many = Array.from({ length: 5000 }, (_, i): Destination => ({
    kind: "maildrop",
    user: `u${i}`,
  }));
  const router: VerifyContext["router"] = {
    ...ROUTER,
    resolve: () => Promise.resolve({ kind: "resolved", destinations: many, steps: [] }),
  };
  strictEqual((await verify("EXPN all", { isTrusted: true, router })).text.length, 100);
});

Deno.test("verifyReply() notes names that do not exist, where it looked for them", async (t) => {
  const cases = [
    { line: "VRFY nobody", fakeVrfy: false, want: 1 },
    { line: "VRFY bob", fakeVrfy: false, want: 0 },
    { line: "VRFY nobody", fakeVrfy: true, want: 0 },
    { line: "VRFY nobody", fakeVrfy: undefined, want: 0 },
  ];
  for (const { line, fakeVrfy, want } of cases) {
    await t.step(`${line} ${fakeVrfy}`, async () => {
      let noted = 0;
      await verify(line, { fakeVrfy, onUnknownUser: () => void noted++ });
      strictEqual(noted, want);
    });
  }
});
