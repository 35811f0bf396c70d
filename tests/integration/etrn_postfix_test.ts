/** Our branch, and a Postfix at the provider's that keeps its mail until it is asked (B10). */
import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { startPostfix } from "../../tools/bench/postfix.ts";
import { applianceHere } from "../support/appliance_here.ts";
import { call } from "../support/atrn.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";

Deno.test("a call has Postfix send what it has kept for our domains, and for nobody else's", {
  ignore: !installed("postfix") || Deno.uid() !== 0,
}, async () => {
  const port = freePort();
  const domains = ["branch.example", "second.example", "other.example"];
  await using postfix = await startPostfix({
    users: [],
    domain: "provider.example",
    extra: [
      "maillog_file =",
      `relay_domains = ${domains.join(", ")}`,
      "fast_flush_domains = $relay_domains",
      `transport_maps = inline:{ ${
        domains.map((domain) => `{ ${domain} = smtp:[127.0.0.1]:${port} }`).join(", ")
      } }`,
      // Nothing is sent to them by itself: they are on a dialled line.
      "defer_transports = smtp",
    ],
  });
  await using branch = await applianceHere(
    "host_domain branch.example",
    "host_domain second.example",
    `smtp_port ${port}`,
    `ras_smtpip 127.0.0.1:${postfix.port}`,
  );
  await branch.addUsers("eve");
  {
    using session = await SmtpSession.open(postfix.port);
    for (const [at, domain] of domains.entries()) {
      const message = octetsOf(`Subject: kept ${at}\r\n\r\n.Hello\r\n`);
      strictEqual((await session.send([`eve@${domain}`], message)).kind, "accepted");
    }
  }
  await eventually("all is deferred", async () => {
    const { queued } = await deferred(postfix.configuration);
    return queued.length === domains.length && queued.every(({ queue }) => queue === "deferred");
  });

  const report = await call(branch);
  equal(report.etrn.map(({ domain, ok }) => [domain, ok]), [
    ["branch.example", true],
    ["second.example", true],
  ]);
  match(report.etrn[0]?.result ?? "", /^Mail is on its way if there is any \(250 /);
  const drop = await eventually("eve has both", async () => {
    const text = await Deno.readTextFile(`${branch.directory}/drop/eve`).catch(() => "");
    return text.includes("Subject: kept 0") && text.includes("Subject: kept 1") && text;
  });
  strictEqual(drop.match(/^Subject: kept/gm)?.length, 2);
  await eventually("Postfix knows", async () => {
    return (await deferred(postfix.configuration)).queued.length === 1;
  });
  equal((await deferred(postfix.configuration)).to, ["eve@other.example"]);
});

/** What a Postfix keeps. */
async function deferred(configuration: string) {
  const { stdout } = await run("postqueue", ["-c", configuration, "-j"]);
  const entries = stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  return {
    queued: entries.map(({ queue_name }) => ({ queue: String(queue_name) })),
    to: entries.flatMap(({ recipients }) =>
      recipients.map(({ address }: { address: string }) => address)
    ),
  };
}
