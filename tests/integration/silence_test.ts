/**
 * Outside calls the appliance sends nothing over the line, not even a DNS query.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { CHECKOUT, setUpOffice } from "../support/appliance.ts";
import { octetsOf } from "../support/octet_text.ts";
import { waitingFor } from "../support/office_mail.ts";
import { eventually } from "../support/eventually.ts";
import { installed } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Calls that send something, and where; those to this machine and to sockets of ours are silent. */
const SENDS = /sin6?_addr|sin6?_port/;
const TO_THIS_MACHINE = /inet_addr\("127\.|"::1"|"::ffff:127\./;

Deno.test("serve sends nothing to anybody while the line is down, whatever the office does", {
  ignore: !installed("strace"),
}, async () => {
  await using temp = await tempDir();
  const trace = `${temp.path}/trace`;
  const office = await setUpOffice(temp.path, [
    "link_up exit 1",
    "link_check exit 1",
    "pf_user office secret pop.provider.example tls=none",
    "ras_smtpip smtp.provider.example",
    "gateway world.example smtp.provider.example",
    "dns_host 192.0.2.53",
    "forward_from_ip 127.0.0.1",
  ], {
    ...CHECKOUT,
    path: "/usr/bin/strace",
    // -D: the process that is started is the product, and gets its signals.
    words: [
      ...["-D", "-f", "-qq", "-A", "-o", trace, "-e", "trace=connect,sendto,sendmsg,sendmmsg,bind"],
      CHECKOUT.path,
      ...CHECKOUT.words,
    ],
  });
  await office.addUsers("bob");
  await using appliance = await office.serve();
  using session = await SmtpSession.open(appliance.port("smtp"));
  // One by a gateway, and one whose mail exchanger would have to be asked for.
  for (const to of ["bob@office.example", "carl@world.example", "dora@else.example"]) {
    const { kind } = await session.send([to], octetsOf("Subject: Hello\r\n\r\nHello\r\n"));
    strictEqual(kind, "accepted");
  }
  await eventually("bob has mail", async () => await waitingFor(appliance, "bob") === 1);
  await session.command("QUIT");
  const { stdout } = await office.dmail(["queue", "--json"]);
  strictEqual(JSON.parse(stdout).length, 2);
  const { code } = await office.dmail(["popfetch", "-once"]);
  ok(code !== 0, "A call was made on a line that cannot come up");
  strictEqual(await appliance.stop(), 0);

  const text = await Deno.readTextFile(trace);
  match(text, /bind\(.*127\.0\.0\.1/, "Nothing was traced");
  assertEquals(
    text.split("\n").filter((line) => SENDS.test(line) && !TO_THIS_MACHINE.test(line)),
    [],
  );
});
