import { deepStrictEqual as equal, rejects, strictEqual } from "node:assert/strict";
import { sendEtrn } from "../../../../src/agents/relay/mod.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { ModelSmtpServer } from "../../../support/model_smtp_server.ts";
import { silentLog } from "../../../support/silent_log.ts";

const never = new AbortController().signal;

function etrn(server: ModelSmtpServer, domains: readonly string[], signal = never) {
  const request = {
    host: "up.stream",
    port: 25,
    hostname: "office.here",
    connectTimeoutMs: 1000,
    domains,
  };
  return sendEtrn(request, { net: server, clock: new ManualClock(), log: silentLog }, signal);
}

Deno.test("sendEtrn() asks for each domain over one connection", async () => {
  const server = new ModelSmtpServer("ETRN");
  const reports = await etrn(server, ["here.example", "there.example"]);
  equal(server.commands, [
    "EHLO office.here",
    "ETRN here.example",
    "ETRN there.example",
    "QUIT",
  ]);
  equal(reports.map(({ domain, ok }) => [domain, ok]), [["here.example", true], [
    "there.example",
    true,
  ]]);
});

Deno.test("sendEtrn() puts each reply of RFC 1985 into words", async (t) => {
  const cases = [
    {
      reply: "250 OK, queuing for node x started",
      ok: true,
      words: "Mail is on its way if there is any",
    },
    { reply: "251 OK, no messages waiting for node x", ok: true, words: "No mail is waiting" },
    {
      reply: "252 OK, pending messages for node x started",
      ok: true,
      words: "Waiting mail is on its way",
    },
    {
      reply: "253 OK, 14 pending messages for node x started",
      ok: true,
      words: "Waiting mail is on its way",
    },
    {
      reply: "458 Unable to queue messages for node x",
      ok: false,
      words: "The server cannot start sending just now",
    },
    {
      reply: "459 Node x not allowed",
      ok: false,
      words: "The server does not send mail for this domain on request",
    },
    { reply: "500 Syntax error", ok: false, words: "The server does not know ETRN" },
    {
      reply: "501 Syntax error in parameters",
      ok: false,
      words: "The server does not accept the domain",
    },
    { reply: "502 Not implemented", ok: false, words: "The server does not offer ETRN" },
    { reply: "299 Hm", ok: false, words: undefined },
  ];
  for (const { reply, ok, words } of cases) {
    await t.step(reply, async () => {
      const server = new ModelSmtpServer();
      server.answer = (command) => command.startsWith("ETRN") ? `${reply}\r\n` : undefined;
      const result = words === undefined ? reply : `${words} (${reply})`;
      equal(await etrn(server, ["x"]), [{ domain: "x", ok, result }]);
    });
  }
});

Deno.test("sendEtrn() reports every domain when the connection is lost half-way", async () => {
  const server = new ModelSmtpServer();
  server.answer = (command) => command === "ETRN two" ? "421 Closing\r\n" : undefined;
  const reports = await etrn(server, ["one", "two", "three"]);
  equal(reports.map(({ domain, ok }) => [domain, ok]), [["one", true], ["two", false], [
    "three",
    false,
  ]]);
});

Deno.test("sendEtrn() reports every domain when it cannot connect", async () => {
  const server = new ModelSmtpServer();
  server.connect = () => Promise.reject(new Error("No route to host"));
  const result = "Cannot connect to up.stream:25: No route to host";
  equal(await etrn(server, ["one", "two"]), [
    { domain: "one", ok: false, result },
    { domain: "two", ok: false, result },
  ]);
});

Deno.test("sendEtrn() does not connect for nothing", async () => {
  const server = new ModelSmtpServer();
  equal(await etrn(server, []), []);
  strictEqual(server.connections, 0);
});

Deno.test("sendEtrn() ends with the abort reason", async () => {
  const server = new ModelSmtpServer();
  server.answer = (command) => command === "ETRN one" ? "" : undefined;
  const abort = new AbortController();
  const done = rejects(etrn(server, ["one"], abort.signal), /no carrier/);
  await settle();
  abort.abort(new Error("no carrier"));
  await done;
});
