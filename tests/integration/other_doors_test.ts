/** Mail that comes in by another door than SMTP: the sendmail stub and the pick-up directory. */
import { userInfo } from "node:os";
import { deepStrictEqual, doesNotMatch, match, rejects, strictEqual } from "node:assert/strict";
import { COMMANDS } from "../../src/app/commands/mod.ts";
import { runProgram } from "../../src/app/program.ts";
import { applianceHere } from "../support/appliance_here.ts";
import { testWorld } from "../support/world.ts";
import { CHECKOUT, type Office, setUpOffice } from "../support/appliance.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free_port.ts";
import { installed, run } from "../support/peers.ts";
import { tempDir } from "../support/temp_dir.ts";

async function office(...settings: readonly string[]) {
  const directory = await tempDir();
  const spoolDir = `${directory.path}/pickup`;
  await Deno.mkdir(spoolDir);
  const office = await setUpOffice(directory.path, [
    `smtp_port ${freePort()}`,
    "gateway * 127.0.0.1:9",
    `spool_dir ${spoolDir}`,
    ...settings,
  ]);
  await office.addUsers("ann", "bob");
  return {
    ...{ office, spoolDir },
    sendmail: (words: readonly string[], message: string) =>
      office.dmail(["sendmail", ...words], message),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

/** The drop file of a user, once it holds `wanted`. */
async function dropFile(
  { dropPath }: Pick<Office, "dropPath">,
  user: string,
  wanted: RegExp,
): Promise<string> {
  return await eventually(`mail for ${user}`, async () => {
    const text = await Deno.readTextFile(`${dropPath}/${user}`).catch(() => "");
    return wanted.test(text) ? text : undefined;
  });
}

Deno.test("sendmail -t sends to To and Bcc, and tells nobody of Bcc", async () => {
  await using box = await office();
  await using _appliance = await box.office.serve();
  const message = "To: ann\nBcc: bob@office.example\nSubject: both\n\n.. two dots\n.\nnot sent\n";
  const { code, stderr } = await box.sendmail(["-t", "-f", "ann", "-F", "Ann Smith"], message);
  deepStrictEqual([code, stderr], [0, ""]);
  for (const user of ["ann", "bob"]) {
    const text = await dropFile(box.office, user, /two dots/);
    match(text, /^From ann@office\.example /);
    match(text, /\nFrom: "Ann Smith" <ann@office\.example>\r?\nTo: ann\r?\nSubject: both/);
    match(text, /\n\.\. two dots\r?\n/);
    doesNotMatch(text, /Bcc|not sent/);
  }
});

Deno.test("sendmail knows who calls it where the environment does not say", async () => {
  await using box = await office();
  const env = { ...CHECKOUT.env, LOGNAME: "", USER: "", USERNAME: "" };
  const words = [...CHECKOUT.words, "sendmail", "-C", box.office.configPath, "bob"];
  const { code } = await run(CHECKOUT.path, words, { env, stdin: "Subject: x\n\nhi\n" });
  strictEqual(code, 0);
  const [{ name } = { name: "" }] = await Array.fromAsync(Deno.readDir(box.spoolDir));
  const text = await Deno.readTextFile(`${box.spoolDir}/${name}`);
  match(text, new RegExp(`^X-Sender: <${userInfo().username}@office\\.example>\r\n`));
});

Deno.test("sendmail asks the server for its name where the configuration is kept secret", async () => {
  await using here = await applianceHere();
  await here.addUsers("bob");
  const world = testWorld();
  const { connect } = world.net;
  const terminal = Object.assign(world.terminal, {
    input: new Blob(["Subject: unnamed\n\nhi\n"]).stream(),
  });
  // A server is looked for at port 25 if nobody says where it is.
  const usual = {
    ...world.net,
    connect: () => connect({ host: "127.0.0.1", port: here.port("smtp") }),
  };
  const code = await runProgram({
    calledAs: "sendmail",
    words: ["-C", "/no/such/dmail.conf", "-f", "cron", "bob"],
    commands: COMMANDS,
    world: { ...world, terminal, net: usual },
  });
  deepStrictEqual([code, terminal.errors, terminal.output], [0, [], ""]);
  const dropPath = here.appliance.config.paths.drop;
  const text = await dropFile({ dropPath }, "bob", /\nhi\r?\n/);
  match(text, /^From cron@office\.example [^]*\nFrom: cron@office\.example\r?\nSubject: unnamed/);
});

Deno.test("sendmail says with its exit code what the server said", async (t) => {
  await using box = await office();
  await using _appliance = await box.office.serve();
  const cases = [
    { words: ["nobody@office.example"], want: 67 },
    { words: ["x@elsewhere.example"], want: 77 },
    { words: ["bob", "nobody"], want: 67 },
    { words: ["not an address@"], want: 65 },
    { words: [], want: 64 },
    { words: ["-bd"], want: 64 },
    { words: ["-q"], want: 0 },
    { words: ["-bp"], want: 0 },
  ];
  for (const { words, want } of cases) {
    await t.step(words.join(" "), async () => {
      const { code, stdout, stderr } = await box.sendmail(words, "Subject: x\n\nhi\n");
      strictEqual(code, want, stdout + stderr);
      if (words[0] !== "-bp") strictEqual(stdout, "");
    });
  }
  await dropFile(box.office, "bob", /Subject: x/); // One refusal keeps nobody else from it.
});

Deno.test("sendmail -bs puts its caller through to the server", async () => {
  await using box = await office();
  await using _appliance = await box.office.serve();
  const dialogue =
    "EHLO here\r\nMAIL FROM:<ann@office.example>\r\nRCPT TO:<bob@office.example>\r\n" +
    "DATA\r\nSubject: by hand\r\n\r\nhi\r\n.\r\nQUIT\r\n";
  const { code, stdout } = await box.sendmail(["-bs"], dialogue);
  strictEqual(code, 0);
  match(stdout, /^220 .*\r\n250-[^]*354 [^]*250 Command DATA [^]*221 /);
  await dropFile(box.office, "bob", /Subject: by hand/);
});

Deno.test("sendmail leaves mail for a server that does not run, which then sends it", async () => {
  await using box = await office();
  const message = "X-Receiver: ann\nX-Sender: eve\nSubject: later\n\nhi\n";
  const { code, stderr } = await box.sendmail(["-f", "ann", "bob"], message);
  deepStrictEqual([code, stderr], [0, ""]);
  await using _appliance = await box.office.serve();
  const text = await dropFile(box.office, "bob", /Subject: later/);
  match(text, /^From ann@office\.example /);
  strictEqual(/X-Receiver|X-Sender/.test(text), false);
  deepStrictEqual(await Array.fromAsync(Deno.readDir(box.spoolDir)), []);
  await rejects(Deno.stat(`${box.office.dropPath}/ann`)); // The message does not address itself.
});

Deno.test("sendmail asks to try again when there is neither a server nor spool_dir", async () => {
  await using box = await office();
  await Deno.remove(box.spoolDir);
  const { code, stderr } = await box.sendmail(["bob"], "Subject: x\n\nhi\n");
  strictEqual(code, 75);
  match(stderr, /^sendmail: Cannot connect to 127\.0\.0\.1:\d+: .*; is dmail serve running\?\n$/);
});

Deno.test("spool_dir sends what a program of this machine puts there", async () => {
  await using rules = await tempDir();
  await Deno.writeTextFile(`${rules.path}/filter.txt`, "reject body happy99.exe\n");
  await using box = await office(`msg_filter ${rules.path}/filter.txt`);
  await using _appliance = await box.office.serve();
  await Deno.writeTextFile(
    `${box.spoolDir}/letter.eml`,
    "From: Web <web@office.example>\r\nTo: bob@office.example, ann@office.example\r\n" +
      "Subject: from a file\r\n\r\nline\r\n",
  );
  await Deno.writeTextFile(`${box.spoolDir}/nobody.eml`, "Subject: for nobody\r\n\r\nline\r\n");
  await Deno.writeTextFile(`${box.spoolDir}/worm.eml`, "To: bob\r\n\r\nhappy99.exe\r\n");
  for (const user of ["ann", "bob"]) {
    match(await dropFile(box.office, user, /from a file/), /^From web@office\.example /);
  }
  for (const bad of ["nobody.eml", "worm.eml"]) {
    await eventually(
      `${bad} put aside`,
      () => Deno.stat(`${box.spoolDir}/bad/${bad}`).catch(() => undefined),
    );
  }
});

Deno.test({
  name: "sendmail does for a program that calls it by a link",
  ignore: !installed("python3"),
  async fn() {
    await using box = await office();
    await using _appliance = await box.office.serve();
    const link = `${box.office.directory}/sendmail`;
    const main = new URL("../../main.ts", import.meta.url).pathname;
    // What a link named sendmail does: the name decides, the words are the caller's.
    await Deno.writeTextFile(
      link,
      `#!/bin/sh\nDMAIL_CALLED_AS=sendmail exec ${Deno.execPath()} run -A ${main} "$@"\n`,
      { mode: 0o755 },
    );
    const script = "import subprocess, email.message\n" +
      "m = email.message.EmailMessage()\n" +
      "m['To'] = 'bob@office.example'; m['Subject'] = 'gr\\u00fc\\u00dfe'; m.set_content('hall\\u00f6')\n" +
      `r = subprocess.run([${JSON.stringify(link)}, '-t', '-oi', '-C', ` +
      `${JSON.stringify(box.office.configPath)}], input=m.as_bytes())\n` +
      "raise SystemExit(r.returncode)\n";
    const { code, stderr } = await run("python3", ["-c", script]);
    deepStrictEqual([code, stderr], [0, ""]);
    await dropFile(box.office, "bob", /Subject: =\?utf-8\?/);
  },
});
