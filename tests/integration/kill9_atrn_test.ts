import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { setUpOffice } from "../support/appliance.ts";
import { atrnBranch, atrnHub, call, nothingQueued, sendTo, takeMail } from "../support/atrn.ts";
import { cutLine } from "../support/cut_line.ts";
import { eventually } from "../support/eventually.ts";
import { messageId } from "../support/mail_corpus.ts";
import { octetsOf } from "../support/octet_text.ts";
import { loginOf, queueIsEmpty, TakenMail } from "../support/office_mail.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

const MESSAGES = 40;

/** Octets that have come down when the process is killed; all messages are some 400,000. */
const MOMENTS = [2_000, 60_000, 200_000, 380_000];

function text(number: number): string {
  return `Message-ID: <${number}@x>\r\n\r\n${"Hello, branch\r\n".repeat(650)}`;
}

/** Verdicts of the branch that went through. */
function confirmed(said: string): number {
  return said.split(/ Processed mail data Ok \w+\r\n/).length - 1;
}

Deno.test("kill -9 of the hub while it hands mail out loses nothing", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, [
    "host_domain hub.example",
    "relay_to branch.example",
    "suspend_domain branch.example",
    "atrn_domain branch.example branch",
  ]);
  await office.addUsers("branch");
  await using line = cutLine(0);
  await using branch = await atrnBranch(line.port, "gateway_tls * none");
  for (const octets of MOMENTS) {
    await using hub = await office.serve();
    line.target = hub.port("smtp");
    {
      using session = await SmtpSession.open(hub.port("smtp"));
      for (let number = 0; number < MESSAGES; number++) {
        const result = await session.send(["eve@branch.example"], octetsOf(text(number)));
        strictEqual(result.kind, "accepted");
      }
    }
    const killed = Promise.withResolvers<void>();
    line.onCarried = () => {
      if (line.carried.toClient < octets) return;
      line.onCarried = () => {};
      hub.kill().then(killed.resolve);
    };
    const broken = await call(branch);
    await killed.promise;
    strictEqual(broken.ok, false, broken.summary);
    const taken = broken.etrn[0]?.messages ?? 0;

    await using again = await office.serve();
    line.target = again.port("smtp");
    const rest = await call(branch);
    strictEqual(rest.ok, true, rest.summary);
    await queueIsEmpty(office);
    await nothingQueued(branch);
    const ids = (await takeMail(branch, "eve")).map(messageId);
    strictEqual(new Set(ids).size, MESSAGES, `Some are lost at ${octets}`);
    // What the hub has heard may not be on its disk yet, but it is never more than was taken.
    ok(ids.length - MESSAGES <= taken, `${ids.length} came, ${taken} in the first call`);
  }
});

Deno.test("kill -9 of the branch while its mail comes down loses nothing", async () => {
  await using temp = await tempDir();
  await using hub = await atrnHub();
  await using line = cutLine(hub.port("odmr"));
  const office = await setUpOffice(temp.path, [
    "host_domain branch.example",
    `atrn_auth branch branch 127.0.0.1:${line.port}`,
    "gateway_tls * none",
    "gateway * 127.0.0.1:9",
  ]);
  await office.addUsers("eve");
  for (const octets of MOMENTS) {
    for (let number = 0; number < MESSAGES; number++) {
      await sendTo(hub, ["eve@branch.example"], text(number));
    }
    {
      await using branch = await office.serve();
      const killed = Promise.withResolvers<void>();
      line.onCarried = () => {
        if (line.carried.toClient < octets) return;
        line.onCarried = () => {};
        branch.kill().then(killed.resolve);
      };
      await office.dmail(["popfetch"]);
      await killed.promise;
    }
    const { queue, turned } = hub.appliance.core;
    await eventually("the hub has noticed", () => !turned.isOpen);
    const heard = confirmed(line.said());
    const left = queue.counts().messages;
    ok(left <= MESSAGES - heard, `${left} left, ${heard} confirmed`);

    await using branch = await office.serve();
    const { code, stdout } = await office.dmail(["popfetch"]);
    equal([code, queue.counts().messages], [0, 0], stdout);
    match(stdout, /ATRN branch\.example: \d+ messages? came|No mail is waiting/);
    await queueIsEmpty(office);
    const mail = new TakenMail();
    await mail.take(loginOf(branch, "eve"));
    const ids = mail.messages.map(messageId);
    strictEqual(new Set(ids).size, MESSAGES, `Some are lost at ${octets}`);
    ok(ids.length - MESSAGES <= MESSAGES - heard, `${ids.length} came, ${heard} confirmed`);
  }
});
