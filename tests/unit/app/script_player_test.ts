import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { type PlayResult, playScript } from "../../../src/app/script_player.ts";
import { systemClock, systemNet } from "../../../src/platform/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { octetsOf } from "../../support/octet_text.ts";
import { serveScript } from "../../support/scripted_server.ts";

const never = new AbortController().signal;

/** Plays `script` against a server that says and expects what `dialogue` says. */
async function playAgainst(dialogue: string, script: string) {
  await using server = serveScript(dialogue);
  const target = { host: "127.0.0.1", port: server.port };
  const heard: string[] = [];
  const line = (text: string) => heard.push(text);
  const tools = { net: systemNet, clock: systemClock, line };
  const result = await playScript({ script: octetsOf(script), target }, tools, never);
  return { result, heard, problems: await server.problems() };
}

const PLAYED: PlayResult = { kind: "played" };

Deno.test("playScript() sends each line after the reply to the one before, and tells both", async () => {
  const dialogue = `
S: 220 domain.com DSMTP
C: EHLO domain.com
S: 250-domain.com. Hello domain.com
S: 250-PIPELINING
S: 250 HELP
C: Mail From: <test@domain.com>
S: 250 Command MAIL OK
C: QUIT
S: 221 Bye
S!`;
  const script = "EHLO domain.com\r\nMail From: <test@domain.com>\nQUIT\nRCPT TO:<too@late>\n";
  const { result, heard, problems } = await playAgainst(dialogue, script);
  equal(problems, []);
  equal(result, PLAYED);
  equal(heard, [
    "220 domain.com DSMTP",
    "Send (EHLO domain.com)",
    "250-domain.com. Hello domain.com",
    "250-PIPELINING",
    "250 HELP",
    "Send (Mail From: <test@domain.com>)",
    "250 Command MAIL OK",
    "Send (QUIT)",
    "221 Bye",
  ]);
});

Deno.test("playScript() sends a message without waiting, as it stands", async () => {
  const dialogue = `
S: 220 hi
C: DATA
S: 354 go on
C: Subject: hi
C: 
C: # no comment here
C: ..a dot, doubled by who wrote the script
C: .
S: 250 ok
C: NOOP
S: 250 ok
C: QUIT
S: 221 bye`;
  const script = "DATA\nSubject: hi\n\n# no comment here\n" +
    "..a dot, doubled by who wrote the script\n.\nNOOP";
  const { result, heard, problems } = await playAgainst(dialogue, script);
  equal([problems, result], [[], PLAYED]);
  equal(heard.slice(3, 9), [
    "Send (Subject: hi)",
    "Send ()",
    "Send (# no comment here)",
    "Send (..a dot, doubled by who wrote the script)",
    "Send (.)",
    "250 ok",
  ]);
});

Deno.test("playScript() leaves out a message that the server does not want", async () => {
  const dialogue = "S: 220 hi\nC: data\nS: 503 no\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye";
  const { result, heard, problems } = await playAgainst(dialogue, "data\ntext\n.\nRSET");
  equal([problems, result], [[], PLAYED]);
  equal(heard.slice(1, 4), ["Send (data)", "503 no", "Send (RSET)"]);
});

Deno.test("playScript() sends no empty lines, comments and frames of asterisks", async () => {
  const dialogue = "S: 220 hi\nC: NOOP\nS: 250 ok\nC: QUIT\nS: 221 bye";
  const { result, problems } = await playAgainst(
    dialogue,
    "**************\n\n# what for\nNOOP\n  \n**************\n",
  );
  equal([problems, result], [[], PLAYED]);
});

Deno.test("playScript() sends octets as they are and shows what a terminal can", async () => {
  const dialogue = "S: 220 hi\x1b[2J\nC: NOOP caf\xe9\x07\nS: 250 ok\nC: QUIT\nS: 221 bye";
  const { result, heard, problems } = await playAgainst(dialogue, "NOOP caf\xe9\x07");
  equal([problems, result], [[], PLAYED]);
  equal(heard.slice(0, 2), ["220 hi?[2J", "Send (NOOP café?)"]);
});

Deno.test("playScript() says why a dialogue broke off", async (t) => {
  const cases: { name: string; dialogue: string; script: string; want: RegExp }[] = [
    { name: "no room", dialogue: "S: 421 full\nS!", script: "NOOP", want: /takes nobody now/ },
    { name: "no SMTP", dialogue: "S: +OK ready\nS!", script: "NOOP", want: /no SMTP server/ },
    {
      name: "no greeting",
      dialogue: "S!",
      script: "NOOP",
      want: /closed the connection|broke off/,
    },
    {
      name: "an end in the middle",
      dialogue: "S: 220 hi\nC: NOOP\nS!",
      script: "NOOP",
      want: /closed the connection/,
    },
    {
      name: "sent away",
      dialogue: "S: 220 hi\nC: NOOP\nS: 421 bye\nS!",
      script: "NOOP\nNOOP",
      want: /has ended the dialogue/,
    },
    {
      name: "a message without end",
      dialogue: "S: 220 hi\nC: DATA\nS: 354 go on",
      script: "DATA\ntext",
      want: /no end, a line with a dot alone; it was not sent/,
    },
    {
      name: "TLS",
      dialogue: "S: 220 hi\nC: STARTTLS\nS: 220 go on",
      script: "STARTTLS\nEHLO x",
      want: /cannot go on with TLS/,
    },
    {
      name: "an endless line",
      dialogue: `S: 220 ${"x".repeat(5000)}`,
      script: "NOOP",
      want: /longer than 4096 octets/,
    },
    {
      name: "an endless reply",
      dialogue: "S: 220-x\n".repeat(1001),
      script: "NOOP",
      want: /more than 1000 lines/,
    },
  ];
  for (const { name, dialogue, script, want } of cases) {
    await t.step(name, async () => {
      const { result } = await playAgainst(dialogue, script);
      strictEqual(result.kind, "broken");
      match(result.kind === "broken" ? result.reason : "", want);
    });
  }
});

Deno.test("playScript() says that nobody listens", async () => {
  using listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const target = listener.local;
  listener[Symbol.dispose]();
  const tools = { net: systemNet, clock: systemClock, line() {} };
  const result = await playScript({ script: octetsOf("QUIT"), target }, tools, never);
  match(result.kind === "broken" ? result.reason : "", /Cannot connect to 127\.0\.0\.1 port \d+: /);
});

Deno.test("playScript() does not wait for ever, and can be interrupted", async (t) => {
  const stop = new AbortController();
  const cases = [
    {
      name: "time limit",
      end: (clock: ManualClock) => clock.advance(300_000),
      want: /did not reply within 5 minutes/,
    },
    {
      name: "interrupted",
      end: () => Promise.resolve(stop.abort(new Error("Ctrl-C"))),
      want: /Interrupted/,
    },
  ];
  for (const { name, end, want } of cases) {
    await t.step(name, async () => {
      using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const clock = new ManualClock();
      const target = { host: "127.0.0.1", port: silent.addr.port };
      const heard = Promise.withResolvers<void>();
      const tools = { net: systemNet, clock, line: () => heard.resolve() };
      const played = playScript({ script: octetsOf("QUIT"), target }, tools, stop.signal);
      using accepted = await silent.accept();
      await accepted.write(octetsOf("220-more will never come\r\n"));
      await heard.promise;
      while (clock.sleeping === 0) await clock.advance(0);
      await end(clock);
      const result = await played;
      match(result.kind === "broken" ? result.reason : "", want);
    });
  }
});
