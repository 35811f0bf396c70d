import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { setUpOffice } from "../support/appliance.ts";
import { eventually } from "../support/eventually.ts";
import { installed } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { tempDir } from "../support/temp_dir.ts";

const MESSAGE = new TextEncoder().encode("Subject: hi\r\n\r\nHello\r\n");

Deno.test({
  name: "tellsmtp suspend keeps mail for the world over a restart, and resume lets it go",
  ignore: !installed("smtp-sink"),
  async fn() {
    await using temp = await tempDir();
    await using sink = await startSmtpSink();
    const office = await setUpOffice(temp.path, [
      `gateway * 127.0.0.1:${sink.port}`,
      "forward_from_ip 127.0.0.1",
      "relay_to world.example",
    ]);
    await office.addUsers("bob");
    const tell = async (...words: string[]) => {
      const { code, stdout, stderr } = await office.dmail(["tellsmtp", ...words]);
      equal([code, stderr], [0, ""]);
      return stdout;
    };

    await using first = await office.serve();
    match(
      await tell("suspend"),
      /^Outgoing mail is suspended until tellsmtp resume; local mail is/,
    );
    strictEqual(await tell("suspend"), "Outgoing mail is suspended already\n");
    const send = async (port: number, ...to: string[]) => {
      using session = await SmtpSession.open(port);
      strictEqual((await session.send(to, MESSAGE)).kind, "accepted");
    };
    await send(first.port("smtp"), "bob@office.example", "eve@world.example");
    await eventually("bob has got it", async () => {
      return (await Deno.readTextFile(`${office.dropPath}/bob`).catch(() => "")).includes("Hello");
    });
    strictEqual(await tell("showsend"), "Nothing is being sent: outgoing mail is suspended\n");
    const flushed = await office.dmail(["queue", "flush"]);
    equal([flushed.code, flushed.stdout], [
      1,
      "Nothing was sent: outgoing mail is suspended; tellsmtp resume lets it go\n",
    ]);
    strictEqual(await first.stop(), 0);

    await using second = await office.serve();
    await send(second.port("smtp"), "zoe@world.example");
    match(
      await tell("status"),
      /^queue +2 messages\n +Outgoing mail is suspended; tellsmtp resume/m,
    );
    match(
      await tell("queue"),
      /^Outgoing mail is suspended.*\n2 messages wait, 2 for the world\n.*\n.*eve@world\.example +when resumed/,
    );
    equal(await sink.messages(), []);

    strictEqual(await tell("resume"), "Outgoing mail goes again\n");
    await eventually("both were sent", async () => (await sink.messages()).length === 2);
    await eventually("the queue is empty", async () => {
      return (await tell("queue")) === "The queue is empty\n";
    });
    match(
      await tell("sendlog"),
      /mail was resumed\n[\s\S]* Info: Delivered .*to=\w+@world\.example by=relay:/,
    );
    await second.kill();
    await using third = await office.serve(); // It is not suspended for good.
    strictEqual(await tell("resume"), "Outgoing mail is not suspended\n");
    strictEqual(await third.stop(), 0);
  },
});
