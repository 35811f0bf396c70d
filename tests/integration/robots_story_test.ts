/**
 * Rules that lead to programs and files, in the product as it runs: who a robot is, what it gets,
 * what becomes of its refusals; what a file holds; how often one message comes into a drop file.
 *
 * @module
 */
import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { queueIsEmpty, takeAll, waitingFor } from "../support/office_mail.ts";
import { isRoot } from "../support/root.ts";
import { script } from "../support/scripts.ts";
import { smallRoot } from "../support/small_root.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

const linux = Deno.build.os === "linux";

/** Whom the server makes of a robot that nobody is known to own. */
const NOBODY = 65534;

/** An office with a directory that robots may write to. */
async function setUp() {
  const directory = await tempDir();
  await Deno.chmod(directory.path, 0o755);
  const out = `${directory.path}/out`;
  await Deno.mkdir(out);
  await Deno.chmod(out, 0o777);
  const office = await setUpOffice(directory.path, []);
  await office.addUsers("anna", "bob");
  return {
    office,
    out,
    directory: directory.path,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

/** Sends a message of anna's and waits until all that comes of it is done. */
async function send(
  office: Office,
  appliance: RunningAppliance,
  ...to: readonly string[]
): Promise<void> {
  using session = await SmtpSession.open(appliance.port("smtp"));
  const text = octetsOf("Subject: hello\r\n\r\nFrom me\r\n.\r\n");
  const recipients = to.map((name) => `${name}@office.example`);
  const sent = await session.send(recipients, text, "anna@office.example");
  strictEqual(sent.kind, "accepted");
  await queueIsEmpty(office);
}

/** The one bounce that anna has. */
async function bounce(appliance: RunningAppliance): Promise<string> {
  const [message, ...more] = await takeAll(appliance, "anna");
  strictEqual(more.length, 0);
  return octetText(message!);
}

Deno.test({
  name: "a robot gets the message, its arguments and its environment, as a user without rights",
  ignore: !linux,
  async fn() {
    await using at = await setUp();
    const robot = await script(
      at.directory,
      "robot",
      `cd ${at.out}`,
      'printf "%s|" "$@" >args; /usr/bin/env | sort >env; id -u >uid; id -G >groups; cat >message',
    );
    await at.office.configure([`forward info@office.example "|${robot} a 'b c'"`]);
    await using appliance = await at.office.serve();
    await send(at.office, appliance, "info");
    const written = (name: string) => Deno.readTextFile(`${at.out}/${name}`);
    strictEqual(await written("args"), "a|b c|");
    match(
      await written("message"),
      /^Return-Path: <anna@office\.example>\nReceived: [^\r]*\nSubject: hello\n[^\r]*\nFrom me\n\.\n$/,
    );
    const names = (await written("env")).match(/^\w+(?==)/gm)?.filter((name) => name !== "OLDPWD");
    equal(names, [
      ...["DOMAIN", "EXTENSION", "HOME", "LOCAL", "LOGNAME", "PATH", "PWD", "RECIPIENT", "SENDER"],
      "USER",
    ]);
    match(await written("env"), /^RECIPIENT=info@office\.example\nSENDER=anna@office\.example$/m);
    const uid = Deno.uid() === 0 ? NOBODY : Deno.uid();
    strictEqual((await written("uid")).trim(), String(uid));
    if (Deno.uid() === 0) strictEqual((await written("groups")).trim(), String(NOBODY));
    strictEqual(await waitingFor(appliance, "anna"), 0);
    strictEqual(await appliance.stop(), 0);
  },
});

Deno.test({
  name: "what a robot does not take is returned to its sender, or tried again as it asks",
  ignore: !linux,
  async fn() {
    await using at = await setUp();
    const refuses = await script(at.directory, "refuses", "echo No such list >&2; exit 67");
    const waits = await script(at.directory, "waits", "cat >/dev/null; exit 75");
    await at.office.configure([
      `forward list@office.example "|${refuses}"`,
      `forward gone@office.example "|${at.directory}/missing"`,
      `forward later@office.example "|${waits}"`,
    ]);
    await using appliance = await at.office.serve();

    await send(at.office, appliance, "list");
    const refusal = await bounce(appliance);
    match(refusal, /^Status: 5\.1\.1\r$/m);
    match(refusal, /did not take the\s+message \(exit\s+code 67\):\s+No such list/);

    await send(at.office, appliance, "gone");
    const missing = await bounce(appliance);
    match(missing, /^Status: 5\.3\.5\r$/m);
    match(missing, /The program for this address cannot be\s+started/);

    using session = await SmtpSession.open(appliance.port("smtp"));
    const text = octetsOf("Subject: later\r\n\r\n");
    await session.send(["later@office.example"], text, "anna@office.example");
    const reason = await eventually("the robot has been tried", async () => {
      const [entry] = JSON.parse((await at.office.dmail(["queue", "--json"])).stdout);
      return entry.pending[0].lastReason || undefined;
    });
    match(reason, /exit code 75/);
    strictEqual(await waitingFor(appliance, "anna"), 0);
    strictEqual(await appliance.stop(), 0);
  },
});

Deno.test({
  name: "robot_defaultuser decides who robots are, at the next reload, and -1 runs none",
  ignore: !linux || !isRoot(),
  async fn() {
    await using at = await setUp();
    const robot = await script(at.directory, "robot", `id -u >>${at.out}/uid`);
    const rule = `forward info@office.example "|${robot}"`;
    await Deno.writeTextFile(`${at.out}/uid`, "");
    await Deno.chmod(`${at.out}/uid`, 0o666);
    await at.office.configure([rule, "robot_defaultuser 12345"]);
    await using appliance = await at.office.serve();
    await send(at.office, appliance, "info");
    await at.office.configure([rule, "robot_defaultuser mail"]);
    strictEqual((await at.office.dmail(["tellsmtp", "reload"])).code, 0);
    await send(at.office, appliance, "info");
    await at.office.configure([rule, "robot_defaultuser -1"]);
    strictEqual((await at.office.dmail(["tellsmtp", "reload"])).code, 0);
    await send(at.office, appliance, "info");
    strictEqual(await Deno.readTextFile(`${at.out}/uid`), "12345\n8\n");
    match(await bounce(appliance), /No programs are run for mail here/);
    strictEqual(await appliance.stop(), 0);
  },
});

Deno.test({
  name: "domain_chroot shuts the robots of a domain in",
  ignore: !linux || !isRoot(),
  async fn() {
    await using at = await setUp();
    const root = await smallRoot(at.directory, "sh", "cat", "ls");
    await Deno.mkdir(`${root}/out`);
    await Deno.chmod(`${root}/out`, 0o777);
    await script(root, "robot", "/bin/cat >/out/message; /bin/ls / >/out/names; pwd >/out/where");
    await at.office.configure([
      ...['forward info@office.example "|/robot x"', `domain_chroot office.example ${root}`],
    ]);
    await using appliance = await at.office.serve();
    await send(at.office, appliance, "info");
    match(await Deno.readTextFile(`${root}/out/message`), /^Subject: hello$/m);
    strictEqual(await Deno.readTextFile(`${root}/out/where`), "/\n");
    equal((await Deno.readTextFile(`${root}/out/names`)).trim().split("\n").toSorted(), [
      ...["bin", "lib", "lib64", "out", "robot"],
    ]);
    strictEqual(await appliance.stop(), 0);
  },
});

Deno.test({
  name: "a rule appends to a file, and the original recipient may keep a copy",
  ignore: !linux,
  async fn() {
    await using at = await setUp();
    const archive = `${at.directory}/archive`;
    await Deno.symlink("/etc/passwd", `${at.directory}/link`);
    await at.office.configure([
      `forward_cc bob@office.example ${archive}`,
      `forward link@office.example ${at.directory}/link`,
    ]);
    await using appliance = await at.office.serve();
    await send(at.office, appliance, "bob");
    await send(at.office, appliance, "bob");
    const text = await Deno.readTextFile(archive);
    strictEqual(text.match(/^From anna@office\.example /gm)?.length, 2);
    strictEqual(text.match(/^>From me$/gm)?.length, 2);
    strictEqual((await Deno.stat(archive)).mode! & 0o777, 0o600);
    strictEqual((await takeAll(appliance, "bob")).length, 2);
    const before = await Deno.readTextFile("/etc/passwd");
    await send(at.office, appliance, "link");
    strictEqual(await Deno.readTextFile("/etc/passwd"), before);
    match(await bounce(appliance), /The mail server cannot keep mail for this address/);
    strictEqual(await appliance.stop(), 0);
  },
});

Deno.test("allowdup decides how often one message comes into a drop file", async () => {
  await using at = await setUp();
  const rule = "forward robert@office.example bob@office.example";
  await at.office.configure([rule]);
  await using appliance = await at.office.serve();
  await send(at.office, appliance, "bob", "robert");
  strictEqual((await takeAll(appliance, "bob")).length, 1);
  await at.office.configure([rule, "allowdup true"]);
  strictEqual((await at.office.dmail(["tellsmtp", "reload"])).code, 0);
  await send(at.office, appliance, "bob", "robert");
  strictEqual((await takeAll(appliance, "bob")).length, 2);
  strictEqual(await appliance.stop(), 0);
});
