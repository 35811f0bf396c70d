import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { COMMANDS } from "../../src/app/commands/mod.ts";
import { runProgram } from "../../src/app/program.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWorld } from "../support/world.ts";

/** A configuration in a directory of its own, and a way to call commands with it. */
async function box(...lines: string[]) {
  const dir = await tempDir();
  const config = `${dir.path}/dmail.conf`;
  const write = (...more: string[]) =>
    Deno.writeTextFile(
      config,
      [
        "host_domain office.example",
        "bind_ip 127.0.0.1",
        "smtp_port 0",
        "pop_port 0",
        "authent_method nwauth",
        `drop_path ${dir.path}/drop`,
        `work_path ${dir.path}/work`,
        "gateway * 127.0.0.1:9",
        ...lines,
        ...more,
      ].join("\n") + "\n",
      { mode: 0o600 },
    );
  await write();

  /** Starts a command; its world can be watched and spoken to while it runs. */
  function start(words: string[], secrets: string[] = []) {
    const world = testWorld();
    world.terminal.secrets = secrets;
    const code = runProgram({
      calledAs: "dmail",
      words: [...words, "-i", config],
      commands: COMMANDS,
      world,
    });
    return { world, code };
  }

  return {
    path: dir.path,
    write,
    start,
    async call(...words: string[]) {
      const { world, code } = start(words);
      return { code: await code, output: world.terminal.output, errors: world.terminal.errors };
    },
    async callWith(secrets: string[], ...words: string[]) {
      const { world, code } = start(words, secrets);
      return { code: await code, output: world.terminal.output, errors: world.terminal.errors };
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

Deno.test("dmail user adds, lists, changes and deletes", async () => {
  await using office = await box();
  assertEquals((await office.callWith(["secret"], "user", "add", "Bob")).output, "Added bob\n");
  const again = await office.callWith(["secret"], "user", "add", "bob");
  assertEquals([again.code, again.errors.length], [1, 1]);
  match(again.errors[0] ?? "", /already/);
  assertEquals((await office.callWith(["other"], "user", "passwd", "bob")).code, 0);
  assertEquals((await office.call("user", "list")).output, "bob\n");
  assertEquals((await office.call("user", "delete", "bob")).code, 0);
  assertEquals((await office.call("user", "delete", "bob")).code, 1);
  assertEquals((await office.call("user", "list")).output, "");
});

Deno.test("dmail user refuses", async (t) => {
  await using office = await box();
  const cases = [
    { words: ["add"], secrets: ["x"], code: 2 },
    { words: [], secrets: [], code: 2 },
    { words: ["add", "bob", "secret"], secrets: ["x"], code: 2 },
    { words: ["list", "bob"], secrets: [], code: 2 },
    { words: ["rename", "bob"], secrets: [], code: 2 },
    { words: ["add", "bob"], secrets: [], code: 1 },
    { words: ["add", "../bob"], secrets: ["x"], code: 1 },
    { words: ["passwd", "nobody"], secrets: ["x"], code: 1 },
  ];
  for (const { words, secrets, code } of cases) {
    await t.step(words.join(" "), async () => {
      const got = await office.callWith(secrets, "user", ...words);
      assertEquals([got.code, got.errors.length], [code, 1]);
    });
  }
});

Deno.test("dmail check says what is wrong, where, and what to write", async () => {
  await using office = await box();
  const good = await office.call("check");
  assertEquals([good.code, good.errors], [0, []]);
  await office.write("smtp_port twenty-five", "smpt_welcome hello");
  const bad = await office.call("check");
  assertEquals(bad.code, 1);
  match(bad.errors.join("\n"), /dmail\.conf:9: .*smtp_port.*twenty-five/);
  match(bad.errors.join("\n"), /dmail\.conf:10: warning: .*smtp_welcome/);
});

Deno.test("dmail check looks for directories and programs of the line", async () => {
  await using office = await box(
    ...["link_up /no/such/pon provider", "link_check /bin/sh -c true", "spool_dir /no/such/dir"],
  );
  await office.write(`log_path ${office.path}/dmail.conf/log`);
  const { code, output, errors } = await office.call("check");
  assertEquals(code, 0);
  match(errors.join("\n"), /link_up: there is no program \/no\/such\/pon$/m);
  match(errors.join("\n"), /spool_dir \/no\/such\/dir: there is no such directory$/m);
  match(errors.join("\n"), /log_path .*dmail\.conf is not a directory$/m);
  match(output, /can be used, 3 warnings/);
});

Deno.test("dmail popfetch -test says that there is nothing to collect", async () => {
  await using office = await box();
  const { code, output } = await office.call("popfetch", "-test");
  assertEquals([code, output], [0, "No mailbox would be collected: there is no pf_user line\n"]);
});

Deno.test("dmail check looks for the programs that get mail", async () => {
  await using office = await box(
    'forward a@office.example "|/no/such/robot one two",bob@office.example',
    'forward b@office.example "|/bin/sh -c true",/var/mail/b,/dev/null',
    'alias c "|/no/such/alias"',
  );
  await Deno.writeTextFile(`${office.path}/aliases`, "d: |/no/such/other\n");
  await office.write(`alias_file ${office.path}/aliases`);
  const { code, errors } = await office.call("check");
  assertEquals(code, 0);
  assertEquals(errors.map((line) => line.slice(line.indexOf("warning: "))), [
    "warning: forward: there is no program /no/such/robot",
    "warning: alias: there is no program /no/such/alias",
    `warning: ${office.path}/aliases: there is no program /no/such/other`,
  ]);
  await office.write(`domain_chroot * ${office.path}`); // Their paths begin there.
  assertEquals((await office.call("check")).errors, []);
});

Deno.test("dmail check says that there is no configuration", async () => {
  await using office = await box();
  await Deno.remove(`${office.path}/dmail.conf`);
  const { code, errors } = await office.call("check");
  assertEquals(code, 1);
  match(errors.join("\n"), /dmail\.conf/);
});

Deno.test("dmail explain tells the chain", async (t) => {
  await using office = await box("fallback_address office.example bob@office.example");
  await office.callWith(["secret"], "user", "add", "bob");
  const cases = [
    { address: "bob@office.example", code: 0, want: /bob/ },
    { address: "nobody@office.example", code: 0, want: /fallback/i },
    { address: "x@elsewhere.example", code: 0, want: /127\.0\.0\.1:9/ },
  ];
  for (const { address, code, want } of cases) {
    await t.step(address, async () => {
      const got = await office.call("explain", address);
      assertEquals(got.code, code);
      match(got.output, want);
    });
  }
  match((await office.call("explain", "bob@office.example")).output, /drop file .*\/drop\/bob$/m);
  for (
    const words of [["explain"], ["explain", "notanaddress@"], ["explain", "Bob <b@c.example>"]]
  ) {
    const { code, errors } = await office.call(...words);
    assertEquals(code, 2);
    match(errors.join(), /write it as in dmail explain bob@office\.example/);
  }
});

Deno.test("commands say that no server runs", async (t) => {
  await using office = await box();
  for (const words of [["queue"], ["tellsmtp", "status"], ["tellpop", "reload"]]) {
    await t.step(words.join(" "), async () => {
      const { code, errors } = await office.call(...words);
      assertEquals(code, 1);
      match(errors.join(), /No dmail runs with work_path .*; start it with dmail serve/);
    });
  }
});

Deno.test("dmail serve is told what to do by the other commands", async (t) => {
  await using office = await box();
  await office.callWith(["secret"], "user", "add", "bob");
  const { world, code } = office.start(["serve"]);
  await world.terminal.until("ready\n");
  match(world.terminal.output, /^smtp 127\.0\.0\.1:\d+\npop3 127\.0\.0\.1:\d+\nready\n$/);

  await t.step("a second server with the same work_path is refused", async () => {
    const second = await office.call("serve");
    assertEquals(second.code, 1);
    match(second.errors.join(), /Another dmail works in/);
  });

  await t.step("tellsmtp status", async () => {
    const { code, output } = await office.call("tellsmtp", "stat");
    assertEquals(code, 0);
    match(output, /line +up \(/);
    match(output, /queue +0 messages/);
  });

  await t.step("tellsmtp config shows a value and where it comes from", async () => {
    match((await office.call("tellsmtp", "config", "SMTP_PORT")).output, /^smtp_port 0\n# .*:3\n$/);
    match((await office.call("tellsmtp", "config", "bin_pfull")).output, /# default/);
    match((await office.call("tellsmtp", "config")).output, /^host_domain office\.example$/m);
    assertEquals((await office.call("tellsmtp", "config", "nonsense")).code, 1);
  });

  await t.step("tellpop log_level, wrong and right", async () => {
    assertEquals((await office.call("tellpop", "log_level", "loud")).code, 2);
    assertEquals((await office.call("tellpop", "log", "debug")).code, 0);
  });

  await t.step("tellpop password", async () => {
    assertEquals((await office.callWith(["pw"], "tellpop", "pass")).code, 0);
    ok(!(await Deno.readTextFile(`${office.path}/work/tellpass.dat`)).includes("pw\n"));
    assertEquals((await office.call("tellpop", "pass")).code, 1);
  });

  await t.step("an abbreviation that may mean two things", async () => {
    const { code, errors } = await office.call("tellpop", "s");
    assertEquals(code, 2);
    match(errors.join(), /status or shutdown/);
  });

  await t.step("reload with a broken file keeps the old one and says why", async () => {
    await office.write("max_rcpts many");
    const { code, output } = await office.call("tellsmtp", "reload");
    assertEquals(code, 1);
    match(output, /dmail\.conf:9: .*max_rcpts[\s\S]*the old configuration stays/);
    match((await office.call("tellsmtp", "status")).output, /error +.*max_rcpts/);
    await office.write("host_domain second.example");
    assertEquals((await office.call("tellsmtp", "reload")).code, 0);
    match((await office.call("tellsmtp", "config", "host_domain")).output, /second\.example/);
  });

  await t.step("popfetch makes a call and reports it", async () => {
    const { code, output } = await office.call("popfetch", "-once", "--json");
    strictEqual(code, 0);
    strictEqual(JSON.parse(output).reason, "command");
  });

  await t.step("tellsmtp shutdown", async () => {
    assertEquals((await office.call("tellsmtp", "shutdown")).code, 0);
    assertEquals(await code, 0);
  });
});

Deno.test("dmail queue lists, holds, releases and deletes", async () => {
  await using office = await box("forward_from_ip 127.0.0.1");
  const { world, code } = office.start(["serve"]);
  await world.terminal.until("ready\n");
  const port = Number(/smtp 127\.0\.0\.1:(\d+)/.exec(world.terminal.output)?.[1]);
  await send(port, "a@office.example", "far@away.example");
  const { id, pending } = JSON.parse((await office.call("queue", "--json")).output)[0];
  assertEquals(pending[0].address, "far@away.example");
  match((await office.call("queue")).output, new RegExp(`${id} .*a@office.example +far@away`));
  assertEquals((await office.call("queue", "hold", id)).code, 0);
  match((await office.call("queue", "show", id)).output, /when released/);
  assertEquals((await office.call("queue", "release", id)).code, 0);
  const flushed = await office.call("queue", "flush");
  assertEquals(flushed.code, 1);
  match(flushed.output, /put off 1/);
  assertEquals((await office.call("queue", "delete", id)).code, 0);
  assertEquals((await office.call("queue", "show", id)).code, 1);
  assertEquals((await office.call("queue")).output, "The queue is empty\n");
  assertEquals((await office.call("queue", "burn", id)).code, 2);
  world.signals.terminate();
  assertEquals(await code, 0);
});

Deno.test("dmail popfetch calls by itself when no server runs", async () => {
  await using office = await box("pf_user a b 127.0.0.1:9 tls=none", "pf_retry_delay 0");
  const { code, output } = await office.call("popfetch");
  assertEquals(code, 1);
  match(output, /a@127\.0\.0\.1:9: .*refused/i);
});

/** The shortest SMTP client. */
async function send(port: number, from: string, to: string): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = ["EHLO x", `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, "DATA", "Hello\r\n.", "QUIT"];
  const buffer = new Uint8Array(4096);
  const expect = async (code: string) => {
    let text = "";
    while (!/^\d{3} .*\r\n$/m.test(text)) {
      text += new TextDecoder().decode(buffer.subarray(0, (await conn.read(buffer)) ?? 0));
    }
    match(text, new RegExp(`^${code} `, "m"));
  };
  await expect("220");
  for (const [index, code] of ["250", "250", "250", "354", "250", "221"].entries()) {
    await conn.write(new TextEncoder().encode(lines[index] + "\r\n"));
    await expect(code);
  }
}
