import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { ACCOUNT, FetchWorld, messageTo, passTimeUntil } from "../../../support/fetch_world.ts";
import {
  type Pop3Quirks,
  type ScriptedMessage,
  ScriptedPop3,
} from "../../../support/scripted_pop3.ts";

const three: readonly ScriptedMessage[] = [1, 2, 3].map((number) => ({
  uid: `uid-${number}`,
  text: messageTo("bob@office.example", number),
}));
const subjects = (world: FetchWorld) =>
  world.queue.delivered.map(({ body }) => /Subject: (.*)\r\n/.exec(body)?.[1]);
const all = ["Number 1", "Number 2", "Number 3"];
const DAY_MS = 24 * 3_600_000;

function worldOf(
  quirks: Pop3Quirks = {},
  account: Partial<typeof ACCOUNT> = {},
  messages: readonly ScriptedMessage[] = three,
): FetchWorld {
  return new FetchWorld(new ScriptedPop3(messages, quirks), {
    accounts: [{ ...ACCOUNT, ...account }],
  });
}

Deno.test("FetchSession.collect() delivers, then deletes, and tells how it went", async () => {
  using world = worldOf();
  const report = await world.collect();
  assertEquals([subjects(world), world.server.messages], [all, []]);
  assertEquals(
    { ...report, octets: 0 },
    {
      account: "office@pop.provider.example",
      result: "collected 3 messages",
      ok: true,
      waiting: 3,
      fetched: 3,
      skipped: 0,
      duds: 0,
      octets: 0,
      durationMs: 0,
    },
  );
  strictEqual(report.octets, three.reduce((sum, { text }) => sum + text.length, 0));
  assertEquals(world.journal.entries(report.account), [], "forgotten after an orderly QUIT");
});

Deno.test("FetchSession.collect() gives the queue envelope, origin and trace", async () => {
  using world = worldOf({}, {}, three.slice(0, 1));
  await world.collect();
  const [delivered] = world.queue.delivered;
  assertEquals(delivered?.submission.envelope, {
    sender: "sender@world.example",
    recipients: [{ address: "bob@office.example" }],
  });
  assertEquals(delivered?.submission.origin, {
    kind: "fetched",
    account: "office@pop.provider.example",
    uidl: "uid-1",
  });
  match(
    delivered?.text ?? "",
    new RegExp(
      "^Received: from pop\\.provider\\.example \\(account office\\)\\r\\n" +
        "\\tby mail\\.office\\.example with POP3 \\(dmail\\) id Q1\\r\\n" +
        "\\tfor <bob@office\\.example>;\\r\\n" +
        "\\t(Sun|Mon), .* 20\\d\\d .*\\r\\n" +
        "X-DMail-Fetched: office@pop\\.provider\\.example; uid-1; recipient found in To\\r\\n" +
        "Return-Path: ",
    ),
  );
});

Deno.test("FetchSession.collect() needs three round trips once it knows the server", async () => {
  using world = worldOf({ pipelining: true });
  const popfetch = world.start();
  await world.collect(popfetch);
  world.server.messages = [...three];
  world.server.waits = 0;
  world.server.commands.length = 0;
  await world.collect(popfetch);
  assertEquals(
    [world.server.waits, world.server.commands.join(" ")],
    [3, "USER office PASS UIDL LIST RETR 1 RETR 2 RETR 3 DELE 1 DELE 2 DELE 3 QUIT"],
  );
});

Deno.test("FetchSession.collect() sends one command at a time to a server that does not pipeline", async () => {
  using world = worldOf();
  await world.collect();
  strictEqual(world.server.waits, world.server.commands.length);
});

Deno.test("FetchSession.collect() works with servers that do not keep to the book", async (t) => {
  const servers: Record<string, Pop3Quirks> = {
    "sizes too small": { sizeOf: () => 0 },
    "sizes too large": { sizeOf: () => 1e9 },
    "no CAPA": { capa: false },
    "no UIDL": { uidl: false },
    "neither UIDL nor TOP": { uidl: false, top: false },
    "bare LF everywhere": { lineEnd: "\n" },
    "more UIDLs than messages": {
      reply: (command) =>
        command === "UIDL" ? "+OK\r\n1 a\r\n2 b\r\n3 c\r\n4 d\r\n9 e\r\n." : undefined,
    },
    "fewer UIDLs than messages": {
      reply: (command) => command === "UIDL" ? "+OK\r\n1 a\r\n." : undefined,
    },
    "nonsense between UIDLs": {
      reply: (command) =>
        command === "UIDL" ? "+OK\r\n1 a\r\nhello\r\n2 \r\n3 c c\r\n-1 x\r\n." : undefined,
    },
    "the same UIDL for all": {
      reply: (command) => command === "UIDL" ? "+OK\r\n1 a\r\n2 a\r\n3 a\r\n." : undefined,
    },
    "LIST refused": { reply: (command) => command === "LIST" ? "-ERR no" : undefined },
    "response codes and empty texts": {
      reply: (command) => command === "USER" ? "+OK [X]" : command === "PASS" ? "+ok" : undefined,
    },
  };
  for (const [name, quirks] of Object.entries(servers)) {
    for (const pipelining of [false, true]) {
      await t.step(`${name}${pipelining ? ", pipelined" : ""}`, async () => {
        using world = worldOf({ ...quirks, pipelining });
        const report = await world.collect();
        assertEquals([report.ok, report.fetched, subjects(world)], [true, 3, all], report.result);
        assertEquals(world.server.messages, []);
        const again = await world.collect();
        strictEqual(again.ok || name === "fewer UIDLs than messages", true);
        strictEqual(world.queue.delivered.length, 3);
      });
    }
  }
});

Deno.test("FetchSession.collect() puts a failed session into words", async (t) => {
  const when = (command: string, reply: string): Pop3Quirks => ({
    reply: (sent) => sent === command ? reply : undefined,
  });
  const cases: { quirks: Pop3Quirks; want: RegExp }[] = [
    {
      quirks: when("greeting", "-ERR [SYS/TEMP] try later"),
      want: /is not ready: SYS\/TEMP try later$/,
    },
    { quirks: when("greeting", "220 smtp.example"), want: /110 does not speak POP3: .*220 smtp/ },
    { quirks: when("greeting", "close"), want: /does not speak POP3/ },
    { quirks: when("greeting", "x".repeat(9999)), want: /sent an endless line$/ },
    { quirks: when("USER", "-ERR who?"), want: /refused the user name \(who\?\)$/ },
    { quirks: when("PASS", "-ERR [AUTH] no"), want: /refused the password \(no\)$/ },
    { quirks: when("PASS", "-ERR [LOGIN-DELAY] wait"), want: /wants us to wait longer/ },
    { quirks: when("PASS", "-ERR [IN-USE] locked"), want: /is in use by another session/ },
    { quirks: when("PASS", "-ERR [SYS/TEMP]"), want: /has a passing trouble$/ },
    { quirks: when("PASS", "-ERR [SYS/PERM] dead"), want: /needs its operator \(dead\)$/ },
    { quirks: when("PASS", "close"), want: /ended the connection too early|was lost/ },
    {
      quirks: {
        reply: (sent) => sent === "UIDL" || sent === "LIST" ? "-ERR no" : undefined,
      },
      want: /did not list its messages$/,
    },
    { quirks: when("RETR 2", "close"), want: /(early|lost), after 1 message$/ },
    {
      quirks: when("RETR 2", "+OK\r\nSubject: half"),
      want: /silent for too long, after 1 message$/,
    },
  ];
  for (const { quirks, want } of cases) {
    await t.step(String(want), async () => {
      using world = worldOf(quirks);
      const report = await passTimeUntil(world.clock, world.collect());
      strictEqual(report.ok, false);
      match(report.result, want);
      strictEqual(world.server.messages.length, 3);
    });
  }
});

Deno.test("FetchSession.collect() never says the password", async () => {
  using world = worldOf({ reply: (sent) => sent === "PASS" ? "-ERR no" : undefined });
  const report = await world.collect();
  strictEqual(JSON.stringify([report, world.logged, world.progress]).includes("secret"), false);
});

Deno.test("FetchSession.collect() goes on when the server refuses one message", async () => {
  for (const pipelining of [false, true]) {
    using world = worldOf({
      pipelining,
      reply: (sent) => sent === "RETR 2" ? "-ERR message is gone" : undefined,
    });
    const report = await world.collect();
    assertEquals(subjects(world), ["Number 1", "Number 3"]);
    assertEquals([report.ok, report.skipped], [false, 1]);
    match(report.result, /left 1 message for later: the server does not give message 2/);
    assertEquals(world.server.messages.map(({ uid }) => uid), ["uid-2"]);
  }
});

Deno.test("FetchSession.collect() leaves what a refused DELE left, and does not fetch it again", async () => {
  using world = worldOf({
    pipelining: true,
    reply: (sent) => sent === "DELE 2" ? "-ERR read only" : undefined,
  });
  await world.collect();
  assertEquals(world.server.messages.map(({ uid }) => uid), ["uid-2"]);
  world.server.quirks = {};
  const report = await world.collect();
  assertEquals([report.result, world.server.messages], ["nothing new", []]);
  strictEqual(world.queue.delivered.length, 3);
});

Deno.test("FetchSession.collect() takes up an unclear QUIT by unique-id, without RETR", async () => {
  using world = worldOf({ reply: (sent) => sent === "QUIT" ? "close" : undefined });
  const report = await world.collect();
  assertEquals(
    [report.ok, report.result],
    [true, "collected 3 messages, the server did not confirm the deletion"],
  );
  world.server.quirks = {};
  world.server.commands.length = 0;
  await world.collect();
  strictEqual(world.server.commands.some((command) => command.startsWith("RETR")), false);
  assertEquals([world.queue.delivered.length, world.server.messages], [3, []]);
});

Deno.test("FetchSession.collect() knows messages again when the server changes their unique-ids", async () => {
  for (const pipelining of [false, true]) {
    using world = worldOf({ pipelining }, { keepDays: 30 });
    await world.collect();
    world.server.messages = three.map((message, at) => ({ ...message, uid: `other-${at}` }));
    const report = await world.collect();
    assertEquals([report.result, world.queue.delivered.length], ["nothing new", 3]);
    world.server.commands.length = 0;
    await world.collect();
    strictEqual(world.server.commands.some((command) => command.startsWith("RETR")), false);
  }
});

Deno.test("FetchSession.collect() does not take session numbers for unique-ids", async (t) => {
  for (const top of [true, false]) {
    await t.step(top ? "with TOP" : "without TOP", async () => {
      const numbered = (messages: readonly ScriptedMessage[]) =>
        messages.map((message, at) => ({ ...message, uid: String(at + 1) }));
      using world = worldOf({ top }, { keepDays: 30 }, numbered(three));
      await world.collect();
      // The first is gone, the others have moved up, a fourth has come.
      const fourth = { uid: "", text: messageTo("bob@office.example", 4) };
      world.server.messages = numbered([...three.slice(1), fourth]);
      await world.collect();
      assertEquals(subjects(world).sort(), [...all, "Number 4"]);
      await world.clock.advance(31 * DAY_MS);
      await world.collect();
      assertEquals([world.queue.delivered.length, world.server.messages], [4, []]);
    });
  }
});

Deno.test("FetchSession.collect() leaves messages for keep= days", async () => {
  using world = worldOf({}, { keepDays: 2 });
  strictEqual((await world.collect()).result, "collected 3 messages");
  await world.clock.advance(2 * DAY_MS - 1);
  strictEqual((await world.collect()).result, "nothing new");
  strictEqual(world.server.messages.length, 3);
  await world.clock.advance(1);
  await world.collect();
  assertEquals([world.queue.delivered.length, world.server.messages], [3, []]);
});

Deno.test("FetchSession.collect() leaves what is larger than max= on the server", async () => {
  const large = { uid: "large", text: messageTo("bob@office.example", 9, "x".repeat(5000)) };
  using world = worldOf({}, { maxOctets: 2000 }, [large, ...three]);
  const report = await world.collect();
  assertEquals(subjects(world), all);
  assertEquals(
    [report.ok, report.result],
    [true, "collected 3 messages, left 1 message over the size limit"],
  );
  assertEquals(world.server.messages, [large]);
});

Deno.test("FetchSession.collect() leaves a message whose recipient nobody can check now", async () => {
  using world = worldOf({ pipelining: true });
  world.server.messages[1] = { uid: "u", text: messageTo("dora@office.example", 2) };
  world.router.unclear.add("dora");
  const report = await world.collect();
  assertEquals(subjects(world), ["Number 1", "Number 3"]);
  strictEqual(
    report.result,
    "collected 2 messages, left 1 message for later: The database is away",
  );
  assertEquals(world.server.messages.map(({ uid }) => uid), ["u"]);
});

Deno.test("FetchSession.collect() fetches a message that ended two sessions behind the others", async () => {
  using world = worldOf({ reply: (sent) => sent === "RETR 1" ? "close" : undefined });
  const popfetch = world.start();
  for (const want of [0, 0, 2]) {
    await world.collect(popfetch);
    strictEqual(world.queue.delivered.length, want);
  }
  assertEquals(subjects(world), ["Number 2", "Number 3"]);
});

Deno.test("FetchSession.collect() stops pipelining to a server that gets confused by it", async () => {
  using world = worldOf({
    pipelining: true,
    reply: (sent) => sent === "RETR 2" ? "what?" : undefined,
  });
  const popfetch = world.start();
  await world.collect(popfetch);
  world.server.quirks = {};
  world.server.waits = 0;
  world.server.commands.length = 0;
  await world.collect(popfetch);
  assertEquals([world.server.waits, subjects(world)], [world.server.commands.length, all]);
});

Deno.test("FetchSession.collect() is broken off by its signal", async () => {
  using world = worldOf();
  const controller = new AbortController();
  world.queue.fault = () => {
    controller.abort(new Error("SIGTERM"));
    return "none";
  };
  const [report] = await world.start().collect(() => {}, controller.signal);
  assertEquals([report?.ok, report?.fetched], [false, 1]);
  match(report?.result ?? "", /^the call was broken off, after 1 message$/);
});

Deno.test("FetchSession.collect() tells how far it is", async () => {
  using world = worldOf();
  await world.collect();
  const phases = world.progress.map((event) => event.kind === "account" ? event.phase : event.kind);
  assertEquals([...new Set(phases)], [
    "connecting",
    "listing",
    "fetching",
    "deleting",
    "done",
    "account done",
  ]);
  const last = world.progress.filter((event) => event.kind === "account").at(-1);
  assertEquals([last?.messages, last?.messagesTotal], [3, 3]);
});

Deno.test("FetchSession.collect() tells of a long message while it comes", async () => {
  const text = messageTo("bob@office.example", 1, "x".repeat(70) + "\r\n").padEnd(200_000, "y\r\n");
  using world = worldOf({}, {}, [{ uid: "u1", text: `${text}\r\n` }]);
  world.net.pieceOctets = 4096;
  const { clock } = world;
  // Every look at the clock is a tenth of a second later: a thin line, without waiting for it.
  let ticks = 0;
  clock.monotonic = () => 100 * ticks++;
  const report = await world.collect();
  strictEqual(report.fetched, 1);
  const told = world.progress.flatMap((event) =>
    event.kind === "account" && event.phase === "fetching" && event.messages === 0
      ? [event.octets]
      : []
  );
  assertEquals(told.length > 5 && told.length < 50, true, `${told.length} times`);
  assertEquals(told, told.toSorted((a, b) => a - b));
});

Deno.test("FetchSession.preview() counts and changes nothing", async () => {
  using world = worldOf({}, { maxOctets: 10_000 });
  const [report] = await world.start().preview(() => {}, new AbortController().signal);
  strictEqual(report?.result, "3 messages on the server, would collect 3");
  assertEquals([world.queue.delivered, world.server.messages.length], [[], 3]);
  assertEquals(world.server.commands.at(-1), "QUIT");
});
