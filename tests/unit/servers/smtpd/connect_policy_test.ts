import { strictEqual } from "node:assert/strict";
import type { Ban } from "../../../../src/domain/guard/mod.ts";
import { parseIpList } from "../../../../src/formats/ip_list.ts";
import { connectRefusal } from "../../../../src/servers/smtpd/connect_policy.ts";
import { replies } from "../../../../src/servers/smtpd/replies.ts";
import { OPEN_POLICY, SMALL } from "../../../support/smtpd.ts";

const BAN: Ban = { address: "192.0.2.9", offence: "wrong password", sinceMs: 0, untilMs: 1 };

const POLICY = {
  ...OPEN_POLICY,
  banned: parseIpList("192.0.2.*,2001:db8::/32"),
  bannedExcept: parseIpList("192.0.2.7"),
  noLimit: parseIpList("192.0.2.8"),
  maxSessionsPerAddress: 3,
};

Deno.test("connectRefusal() refuses the banned and the greedy, and nobody of fromip_nolimit", async (t) => {
  const cases = [
    { address: "192.0.2.9", want: replies.bannedAddress },
    { address: "::ffff:192.0.2.9", want: replies.bannedAddress },
    { address: "2001:db8::1", want: replies.bannedAddress },
    { address: "192.0.2.9", ban: BAN, sessions: 9, want: replies.bannedAddress },
    { address: "192.0.2.7", want: undefined },
    { address: "192.0.2.7", ban: BAN, want: replies.tooManyFailures },
    { address: "192.0.2.7", sessions: 3, want: replies.tooManyFromAddress },
    { address: "192.0.2.8", ban: BAN, sessions: 9, want: undefined },
    { address: "198.51.100.1", want: undefined },
    { address: "198.51.100.1", sessions: 2, want: undefined },
    { address: "198.51.100.1", sessions: 3, want: replies.tooManyFromAddress },
    { address: "198.51.100.1", ban: BAN, want: replies.tooManyFailures },
  ];
  for (const { address, ban, sessions = 0, want } of cases) {
    await t.step(`${address} ${ban ? "banned " : ""}with ${sessions} sessions`, () => {
      strictEqual(connectRefusal({ address, ban, sessions }, POLICY), want);
    });
  }
});

Deno.test("refusals at connect say enough and no more", async (t) => {
  const cases = [
    {
      refusal: replies.bannedAddress,
      want: "554 5.7.1 office.test No mail is taken from your address",
    },
    {
      refusal: replies.tooManyFailures,
      want: "421 4.7.0 office.test Too many failures from your address, try again later",
    },
    {
      refusal: replies.tooManyFromAddress,
      want: "421 4.7.0 office.test Too many connections from your address, try again later",
    },
    {
      refusal: replies.madeRoom,
      want: "421 4.3.2 office.test Others want to connect too, try again later",
    },
  ];
  for (const { refusal, want } of cases) {
    await t.step(want, () => {
      const { code, text } = refusal(SMALL);
      strictEqual(`${code} ${text}`, want);
    });
  }
});
