/**
 * Two domains with users of the same name, and directories by the letters of their names.
 *
 * @module
 */
import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { type Office, type RunningAppliance, setUpOffice } from "../support/appliance.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { queueIsEmpty } from "../support/office_mail.ts";
import { Pop3Session } from "../support/pop3_session.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Every file below a directory, by its path from there. */
async function filesBelow(directory: string, base = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${directory}/${base}`)) {
    const path = `${base}${name}`;
    if (isDirectory) found.push(...await filesBelow(directory, `${path}/`));
    else found.push(path);
  }
  return found.sort();
}

async function submit(office: Office, appliance: RunningAppliance, to: string): Promise<void> {
  using session = await SmtpSession.open(appliance.port("smtp"));
  const message = octetsOf(`Subject: for ${to}\r\n\r\nHello\r\n`);
  strictEqual((await session.send([to], message)).kind, "accepted");
  await queueIsEmpty(office);
}

/** Subjects of all that a user has. */
async function subjects(appliance: RunningAppliance, user: string, password: string) {
  using session = await Pop3Session.open({ port: appliance.port("pop3"), user, password });
  const uids = await session.listing("UIDL");
  const found: string[] = [];
  for (const index of uids.keys()) {
    const text = octetText(await session.retrieve(index + 1));
    found.push(/^Subject: (.*)\r$/m.exec(text)?.[1] ?? text);
  }
  await session.command("QUIT");
  return found;
}

const CASES = [
  {
    name: "hash_spool 2, bins beside drop files",
    lines: ["hash_spool 2"],
    dropped: ["drop/f/r/fred", "xdomain/f/r/abc_fred"],
    binned: ["drop/f/r/fred.bin/", "xdomain/f/r/abc_fred.bin/"],
  },
  {
    name: "no prefix, all bins in bin_path",
    lines: ["drop_prefix false", "bin_path {}/bins"],
    dropped: ["drop/fred", "xdomain/fred"],
    binned: ["bins/abc_fred.bin/", "bins/fred.bin/"],
  },
  {
    name: "everything at once",
    lines: [
      "drop_prefix false",
      "vdomain_separator -",
      "hash_spool 1",
      "hash_bindir true",
      "bin_path {}/bins",
      "alt_drop_path xdomain.example {}/alt",
    ],
    dropped: ["alt/i/fred", "drop/i/fred"],
    binned: ["bins/i/abc-fred.bin/", "bins/i/fred.bin/"],
  },
];

for (const { name, lines, dropped, binned } of CASES) {
  Deno.test(`two freds get and read their own mail: ${name}`, async () => {
    await using temp = await tempDir();
    const office = await setUpOffice(temp.path, [
      `vdomain abc /xdom xdomain.example ${temp.path}/xdomain`,
      ...lines.map((line) => line.replace("{}", temp.path)),
    ]);
    await office.addUsers("fred", "fred@xdomain.example");
    await using appliance = await office.serve();
    await submit(office, appliance, "fred@office.example");
    await submit(office, appliance, "Fred@XDomain.example");
    const drops = (await filesBelow(temp.path)).filter((path) =>
      /^(drop|xdomain|alt)\//.test(path)
    );
    assertEquals(drops, dropped);

    assertEquals(await subjects(appliance, "fred", "fred"), ["for fred@office.example"]);
    const login = ["fred/xdom", "fred@xdomain.example"] as const;
    assertEquals(await subjects(appliance, ...login), ["for Fred@XDomain.example"]);
    const after = await filesBelow(temp.path);
    const bins = after.filter((path) => path.includes(".bin/") && path.endsWith("/index"));
    assertEquals(bins.map((path) => path.replace(/index$/, "")), binned);

    const { stdout } = await office.dmail(["explain", "fred@xdomain.example"]);
    const { stdout: main } = await office.dmail(["explain", "fred@office.example"]);
    for (const path of dropped) match(stdout + main, new RegExp(`${temp.path}/${path}\\b`));
    strictEqual(await appliance.stop(), 0);
  });
}

Deno.test("an appliance whose hash_spool changed says where the mail is", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, []);
  await office.addUsers("fred");
  {
    await using appliance = await office.serve();
    await submit(office, appliance, "fred@office.example");
    strictEqual(await appliance.stop(), 0);
  }
  await office.configure(["hash_spool 2"]);
  await using appliance = await office.serve();
  assertEquals(await subjects(appliance, "fred", "fred"), []);
  strictEqual(await appliance.stop(), 0);
  const log = await office.logText();
  match(log, new RegExp(`Mail lies where .*${temp.path}/drop/fred.*${temp.path}/drop/f/r/fred`));
});

Deno.test("hash_spool waits for a restart, a new virtual domain does not", async () => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, []);
  await office.addUsers("fred");
  await using appliance = await office.serve();
  await office.configure([
    "hash_spool 2",
    `vdomain abc /xdom xdomain.example ${temp.path}/xdomain`,
  ]);
  const { stdout } = await office.dmail(["tellsmtp", "reload"]);
  match(stdout, /hash_spool has changed and takes effect at the next start/);
  await office.addUsers("fred@xdomain.example");
  for (const domain of ["office", "xdomain"]) {
    await submit(office, appliance, `fred@${domain}.example`);
  }
  const drops = (await filesBelow(temp.path)).filter((path) => /^(drop|xdomain)\//.test(path));
  assertEquals(drops, ["drop/fred", "xdomain/abc_fred"]);
  strictEqual(await appliance.stop(), 0);
});
