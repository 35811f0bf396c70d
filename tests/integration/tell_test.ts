/** `tellsmtp` and `tellpop` as a user calls them, against an appliance that runs. */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { LineConn } from "../support/line_conn.ts";
import { type RunningOffice, startOffice } from "../support/running_office.ts";
import { SmtpSession } from "../support/smtp_session.ts";

/** What a command prints and ends with. */
async function printed(office: RunningOffice, ...words: string[]): Promise<string> {
  const { code, output, errors } = await office.tell("tellsmtp", ...words);
  equal([code, errors], [0, []]);
  return output;
}

Deno.test("tellsmtp answers every command while there is nothing to tell", async (t) => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  const cases: readonly [words: string[], want: string | RegExp, code?: number][] = [
    [["status"], /^queue +0 messages\nin use +no queue file\nmailboxes +0 messages, 0 bytes$/m],
    [["filters"], "There are no filters: msg_filter names their file\n"],
    [["showchans"], "Nobody is connected\n"],
    [["bans"], "Nobody is banned\n"],
    [["unban", "192.0.2.1"], "192.0.2.1 is not banned\n", 1],
    [["queue"], "The queue is empty\n"],
    [["queue", "list", "--json"], "[]\n"],
    [["showsend"], "Nothing is being sent\n"],
    [["sendlog"], "Nothing was logged about sending since the start\n"],
    [["resume"], "Outgoing mail is not suspended\n"],
    [["config", "bind_ip"], `bind_ip 127.0.0.1\n# ${office.configPath}:2\n`],
    [["config", "gatway"], "There is no setting gatway; did you mean gateway?\n", 1],
    [["config", "dance"], "There is no setting dance; conf/REFERENCE.md lists them\n", 1],
    [["clear_cache_all"], "Forgot 0 remembered logins\n"],
    [["quiet"], "dsmtp logs at level error until the next reload\n"],
    [["log_level", "info"], "dsmtp logs at level info until the next reload\n"],
    [["register"], "dmail needs no registration; there is nothing to do\n"],
    [["reload"], "Reloaded\n"],
    [["help"], /^Usage: dmail tellsmtp COMMAND [\s\S]* clear_cache_all +forget logins/],
    [
      ["profile"],
      /^memory +\d+ MB, \d+(\.\d)? MB of it in objects\nprocessor +\d+\.\d s in the program, \d+\.\d s in the system for it\nqueue +0 messages\n$/,
    ],
  ];
  for (const [words, want, code = 0] of cases) {
    await t.step(words.join(" "), async () => {
      const told = await office.tell("tellsmtp", ...words);
      equal([told.code, told.errors], [code, []]);
      if (typeof want === "string") strictEqual(told.output, want);
      else match(told.output, want);
    });
  }
});

Deno.test("tellsmtp refuses what it does not understand, with what to write", async (t) => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  const cases: readonly [words: string[], want: RegExp][] = [
    [[], /No command; dmail tellsmtp --help tells more/],
    [["dance"], /Unknown command dance/],
    [["constructor"], /Unknown command constructor/],
    [["show"], /show may mean showchans or showsend; write more of it/],
    [["unban"], /Write ADDRESS behind unban/],
    [["status", "now"], /status does not take the word now/],
    [["config", "a", "b"], /config does not take the word b/],
    [["log_level"], /Write LEVEL behind log_level/],
    [["log_level", "loud"], /Write one of error, warn, info, debug/],
    [["queue", "burn"], /Write list, show, flush, hold, release, requeue, delete, not burn/],
    [["queue", "show"], /Give the id of a message/],
    [["queue", "delete"], /Say which messages: an id, a domain, or all/],
    [["queue", "list", "a.example", "b.example"], /It does not take the word b\.example/],
    [["queue", "flush", "a.example", "b.example"], /It does not take the word b\.example/],
    [["status", "-p", "http"], /Write a port from 1 to 65535, not http/],
    [["status", "-n", "a b"], /Write a name or an address behind -n/],
    [["status", "-n", "other.example"], /Write -p and the manager_port of other\.example/],
    [["status", "-n"], /Option -n needs a value/],
  ];
  for (const [words, want] of cases) {
    await t.step(words.join(" ") || "nothing", async () => {
      const { code, errors } = await office.tell("tellsmtp", ...words);
      equal([code, errors.length], [2, 1]);
      match(errors[0] ?? "", want);
    });
  }
});

Deno.test("tellsmtp takes abbreviations, dashes and capitals, the exact name first", async (t) => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  const cases: readonly [words: string[], want: RegExp][] = [
    [["clear"], /^Forgot 0/],
    [["Clear-Cache-All"], /^Forgot 0/],
    [["LOG", "warn"], /level warn/],
    [["stat"], /^dmail /],
    [["q"], /./],
  ];
  for (const [words, want] of cases) {
    await t.step(words.join(" "), async () => {
      const { code, output, errors } = await office.tell("tellsmtp", ...words);
      if (words[0] === "q") return match(errors[0] ?? "", /q may mean queue or quiet/);
      equal([code, errors], [0, []]);
      match(output, want);
    });
  }
});

Deno.test("tellsmtp showchans shows who is connected", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  using session = await SmtpSession.open(office.port("smtp"));
  await session.command("MAIL FROM:<ann@world.example>");
  const [head, row, ...rest] = (await printed(office, "showchans")).split("\n");
  match(head ?? "", /^NO +ADDRESS +CALLED ITSELF +USER +DOOR +OPEN +STATE +TAKEN +SENDER$/);
  match(row ?? "", /^1 +127\.0\.0\.1 +client\.example +smtp +\d+ s +\S.* 0 +ann@world\.example$/);
  equal(rest, [""]);
});

Deno.test("tellsmtp bans and unban show and end what an address has brought upon itself", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9", "ban_auto 3 10 60");
  const { bans } = office.appliance.core.guard;
  for (let n = 0; n < 3; n++) bans.note("wrong password", "192.0.2.66");
  match(
    await printed(office, "bans"),
    /^ADDRESS +FOR +BANNED +ENDS\n192\.0\.2\.66 +wrong password +\d+ s ago +in \S+ \S+.*\n$/,
  );
  strictEqual(await printed(office, "unban", "192.0.2.66"), "192.0.2.66 is no longer banned\n");
  strictEqual(await printed(office, "bans"), "Nobody is banned\n");
});

Deno.test("tellsmtp filters lists the rules by their numbers (C14)", async () => {
  const rules = await Deno.makeTempFile({ prefix: "dmail-test-" });
  try {
    await Deno.writeTextFile(
      rules,
      "# Attachments\nreject body happy99.exe\n\nreject Subject: *make money*\n",
    );
    await using office = await startOffice("gateway * 127.0.0.1:9", `msg_filter ${rules}`);
    strictEqual(
      await printed(office, "filters"),
      "1  reject body happy99.exe\n2  reject Subject: *make money*\n",
    );
  } finally {
    await Deno.remove(rules);
  }
});

Deno.test("tellsmtp clear_cache_all forgets the logins that POP3 remembers", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  await office.start(["user", "add", "bob"], ["secret"]).told;
  using conn = await LineConn.open(office.port("pop3"));
  const lines = ["", "USER bob\r\n", "PASS secret\r\n", "QUIT\r\n"];
  for (const line of lines) {
    if (line !== "") await conn.write(line);
    match(await conn.text() ?? "", /^\+OK/);
  }
  strictEqual(await printed(office, "clear_cache_all"), "Forgot 1 remembered login\n");
  strictEqual(await printed(office, "clear_cache_all"), "Forgot 0 remembered logins\n");
});

Deno.test("tellsmtp monitors shows what happens until it is interrupted", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  const { terminal, signals, told } = office.start(["tellsmtp", "mon"]);
  await terminal.until("press Ctrl-C to end\n");
  await office.tell("tellsmtp", "reload");
  await terminal.until("Configuration reloaded");
  signals.terminate();
  equal((await told).errors, []);
  equal((await told).code, 0);
  match(
    (await told).output,
    /^This is what happens .*\ndmail +\d\d\/\d\d \d\d:\d\d:\d\d Info: Configuration reloaded /,
  );
});

Deno.test("tellpop knows its own commands, and sets no password elsewhere", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  match((await office.tell("tellpop", "status")).output, /^pop3 +127\.0\.0\.1:\d+: 0 sessions$/m);
  strictEqual((await office.tell("tellpop", "suspend")).code, 2);
  const { code, errors } = await office.tell("tellpop", "password", "x", "-n", "a", "-p", "1");
  strictEqual(code, 2);
  match(errors.join(), /Set the password on that machine itself/);
});

Deno.test("tellsmtp says when no appliance runs", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  await office.appliance[Symbol.asyncDispose]();
  for (const word of ["bans", "suspend", "monitors"]) {
    const { code, errors } = await office.tell("tellsmtp", word);
    strictEqual(code, 1);
    match(errors.join(), /No dmail runs with work_path /);
  }
});

/**
 * Document 000, lines 832-841, but for the client's address, and for the last `Send (QUIT)` of the
 * document: behind QUIT nothing is sent.
 */
const TRANSCRIPT = `220 domain.com DSMTP ESMTP Server v2.5d
Send (HELO domain.com)
250 domain.com. Hello domain.com (127.0.0.1)
Send (Mail From: <test@domain.com>)
250 Command MAIL OK
Send (Rcpt To: <bob@domain.com>)
251 Command RCPT OK
Send (QUIT)
221 Command QUIT domain.com Service closing transmission channel to domain.com
`;

/** Document 000, lines 816-823. */
const BOB_MSC = `**************
HELO domain.com
Mail From: <test@domain.com>
Rcpt To: <bob@domain.com>
QUIT
**************
`;

Deno.test("tellsmtp bob.msc plays the document's script, and the log tells bob's chain", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dmail-test-" });
  try {
    await using office = await startOffice(
      "host_domain domain.com",
      "smtp_welcome domain.com DSMTP ESMTP Server v2.5d",
      "forward_cc bob@domain.com root@domain.com",
      "log_chain true",
      "log_level debug",
    );
    for (const user of ["bob", "root"]) await office.start(["user", "add", user], [user]).told;
    const script = `${directory}/bob.msc`;
    await Deno.writeTextFile(script, BOB_MSC);

    const told = await office.tell("tellsmtp", script);
    equal([told.code, told.errors, told.output], [0, [], TRANSCRIPT]);
    // The message was never sent: nobody is bothered (000:812-814).
    strictEqual((await Array.fromAsync(office.appliance.core.queue.list())).length, 0);

    await office.appliance.logs.flush();
    const log = await Deno.readTextFile(`${office.directory}/work/dsmtp.log`);
    match(log, /^\d\d\/\d\d \d\d:\d\d:\d\d \*\*\* Starting rcpt chain for bob/m);
    match(log, /^\d\d\/\d\d \d\d:\d\d:\d\d \*\*\* Adding bob to rcpt chain/m);

    const port = String(office.port("smtp"));
    for (const place of [["-p", port], ["-n", "127.0.0.1", "-p", port]]) {
      strictEqual((await office.tell("tellsmtp", script, ...place)).output, TRANSCRIPT);
    }
    const missing = await office.tell("tellsmtp", `${directory}/none.MSC`);
    equal([missing.code, missing.errors.length], [1, 1]);
    match(missing.errors[0] ?? "", /There is no file .*none\.MSC/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("tellsmtp FILE.msc sends a message", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dmail-test-" });
  try {
    await using office = await startOffice("gateway * 127.0.0.1:9");
    await office.start(["user", "add", "bob"], ["secret"]).told;
    const script = `${directory}/send.msc`;
    await Deno.writeTextFile(
      script,
      "EHLO x\nMAIL FROM:<a@b.example>\nRCPT TO:<bob@office.example>\n" +
        "DATA\nSubject: from a script\n\nHello\n.\n",
    );
    const { code, output } = await office.tell("tellsmtp", script);
    strictEqual(code, 0);
    match(output, /^354 [\s\S]*\nSend \(Hello\)\nSend \(\.\)\n250 .*\nSend \(QUIT\)\n221 .*\n$/m);
    ok(output.includes("\nSend (Subject: from a script)\nSend ()\n"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("tellsmtp shows nothing that turns the line of a terminal around", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9", "forward_from_ip 127.0.0.1");
  await printed(office, "suspend");
  await office.appliance.core.queue.submit({
    envelope: { sender: "", recipients: [{ address: "exe.\u202egpj@away.example" }] },
    origin: { kind: "local", by: "a test" },
  }, [new TextEncoder().encode("\r\n")]);
  match(await printed(office, "queue"), / exe\.\?gpj@away\.example /);
});
