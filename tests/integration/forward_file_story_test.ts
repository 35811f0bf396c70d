/**
 * A forward file beside a drop file sends the mail elsewhere, at once and as long as it is there.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { octetsOf } from "../support/octet_text.ts";
import { queueIsEmpty, waitingFor } from "../support/office_mail.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

/** How much fred and bob have after one more message for fred. */
async function afterOneMore(office: Office, appliance: RunningAppliance): Promise<number[]> {
  using session = await SmtpSession.open(appliance.port("smtp"));
  const message = octetsOf("Subject: hello\r\n\r\nHello\r\n");
  strictEqual((await session.send(["fred@office.example"], message)).kind, "accepted");
  await queueIsEmpty(office);
  return [await waitingFor(appliance, "fred"), await waitingFor(appliance, "bob")];
}

Deno.test("a .fwd file is followed while it is there and only its owner can write it", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, ["hash_spool 2"]);
  await office.addUsers("fred", "bob");
  await using appliance = await office.serve();
  assertEquals(await afterOneMore(office, appliance), [1, 0]);

  const path = `${office.dropPath}/f/r/fred.fwd`;
  await Deno.writeTextFile(path, "bob@office.example\n", { mode: 0o600 });
  assertEquals(await afterOneMore(office, appliance), [1, 1]);
  const { stdout } = await office.dmail(["explain", "fred@office.example"]);
  match(stdout, /bob@office\.example/);

  await Deno.chmod(path, 0o666);
  assertEquals(await afterOneMore(office, appliance), [2, 1]);
  await Deno.remove(path);
  assertEquals(await afterOneMore(office, appliance), [3, 1]);
  strictEqual(await appliance.stop(), 0);
  match(await office.logText(), /Left a forward file alone.*chmod go-w/);
});
