import { deepStrictEqual } from "node:assert/strict";
import { parseIpList } from "../../src/formats/ip_list.ts";
import { parseWildcardList } from "../../src/formats/wildcard.ts";
import type {
  EtrnHandler,
  PolicyOptions,
  RoomCheck,
  SmtpdDependencies,
} from "../../src/servers/smtpd/mod.ts";
import { FakeAccounts } from "../support/fake_accounts.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { OPEN_POLICY, startTestSmtpd } from "../support/smtpd.ts";
import { play } from "../support/transcript.ts";

/** Where the first wrong password is answered at once; other waits last until they are aborted. */
class ImpatientClock extends ManualClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return ms <= 1000 ? Promise.resolve() : super.sleep(ms, signal);
  }
}

const GOLDEN = new URL("../golden/smtp_policy/", import.meta.url);

/** What differs from an office that lets everybody in. */
interface Setting {
  readonly policy?: Partial<PolicyOptions>;
  readonly maxSessions?: number;
  readonly welcome?: string;
  readonly door?: "submission";
  readonly dependencies?: Partial<SmtpdDependencies>;
}

const brokenAccounts = new FakeAccounts({});
brokenAccounts.unavailable = "/etc/secret: I/O error";

const roomForThousand: RoomCheck = (_user, octets) =>
  Promise.resolve(octets > 1000 ? "over quota" : "ok");

/** A hub for branches: what it says goes by their names. */
const onEtrn: EtrnHandler = ({ node, below }) =>
  below ? { kind: "pending" } : ({
    "branch.test": { kind: "pending", messages: 14 },
    "empty.test": { kind: "nothing" },
    "farm.test": { kind: "started" },
    "down.test": { kind: "unable", reason: "the line is down" },
  } as const)[node] ?? { kind: "refused", reason: "its mail is kept here" };

const SETTINGS: Readonly<Record<string, Setting>> = {
  "banned_address.smtp": { policy: { banned: parseIpList("127.*") } },
  "cannot_check.smtp": { dependencies: { accounts: brokenAccounts } },
  "etrn.smtp": { dependencies: { onEtrn } },
  "etrn_nobody.smtp": { policy: { etrnRules: [{ domain: "*", who: "nobody" }] } },
  "etrn_not_named.smtp": {
    policy: { etrnRules: [{ domain: "branch.test", who: parseIpList("10.1.*") }] },
  },
  "etrn_users.smtp": {
    policy: { etrnRules: [{ domain: "branch.test", who: "users" }] },
    dependencies: { onEtrn },
  },
  "fromip_max.smtp": { policy: { maxMessagesAMinute: 2 } },
  "junk_commands.smtp": {},
  "no_room.smtp": { dependencies: { room: roomForThousand } },
  "relaying.smtp": {},
  "senders_and_recipients.smtp": {
    policy: {
      bannedSenders: parseWildcardList("*@spam.test,casino.test"),
      bannedRecipients: parseWildcardList("bob@office.test,*.old.test"),
    },
  },
  "smtp_welcome.smtp": { welcome: "Mail service" },
  "submission.smtp": { door: "submission" },
  "too_many_from_address.smtp": { policy: { maxSessionsPerAddress: 0 } },
  "too_many_sessions.smtp": { maxSessions: 0 },
  "vrfy_fake.smtp": { policy: { fakeVrfy: true } },
  "vrfy_of_strangers.smtp": { policy: { fakeVrfy: false } },
  "vrfy_unset.smtp": {},
};

Deno.test("smtpd refuses as recorded", async (t) => {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const { policy = {}, maxSessions = 300, welcome = "", door, dependencies = {} } = setting;
    await t.step(name, async () => {
      await using server = await startTestSmtpd({
        clock: new ImpatientClock(),
        options: { policy: { ...OPEN_POLICY, ...policy }, maxSessions, welcome },
        ...(door === undefined ? {} : { door }),
        dependencies,
      });
      using conn = await server.connect();
      await play(await Deno.readTextFile(new URL(name, GOLDEN)), conn);
    });
  }
});

Deno.test("every recorded refusal is played", async () => {
  const files = await Array.fromAsync(Deno.readDir(GOLDEN), ({ name }) => name);
  deepStrictEqual(files.sort(), Object.keys(SETTINGS).sort());
});
