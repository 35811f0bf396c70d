import { deepStrictEqual as equal, match, rejects, strictEqual } from "node:assert/strict";
import { type EtrnRequest, sendEtrn } from "../../../../src/agents/relay/mod.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { ModelSmtpServer } from "../../../support/model_smtp_server.ts";
import { silentLog } from "../../../support/silent_log.ts";

const never = new AbortController().signal;

function etrn(
  server: ModelSmtpServer,
  domains: readonly string[],
  signal = never,
  how: Pick<EtrnRequest, "protection" | "wantLogin"> = {},
) {
  const request = {
    ...how,
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
    {
      reply: "530 Authentication required",
      ok: false,
      words: "The server asks for a password first",
    },
    { reply: "299 Hm", ok: false, words: undefined },
    { reply: "550 Go away", ok: false, words: undefined },
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

Deno.test("sendEtrn() asks for all at once where it may, and says goodbye with it", async () => {
  const server = new ModelSmtpServer("PIPELINING", "ETRN");
  server.answer = (command) => {
    if (command === "ETRN one") return ""; // Its answer comes with the next.
    if (command === "ETRN two") return "251 None\r\n253-OK,\r\n253 14 pending\r\n";
  };
  equal(await etrn(server, ["one", "two", "@three"]), [
    { domain: "one", ok: true, result: "No mail is waiting (251 None)" },
    { domain: "two", ok: true, result: "Waiting mail is on its way (253 OK, 14 pending)" },
    { domain: "@three", ok: true, result: "Mail is on its way if there is any (250 OK)" },
  ]);
  equal(server.commands, [
    ...["EHLO office.here", "ETRN one", "ETRN two", "ETRN @three", "QUIT"],
  ]);
});

Deno.test("sendEtrn() asks for one after the other where nobody said it may do otherwise", async (t) => {
  for (const keywords of [[], ["PIPELINING"], ["ETRN"]]) {
    await t.step(keywords.join(" "), async () => {
      const server = new ModelSmtpServer(...keywords);
      server.answer = (command) => command === "ETRN one" ? "" : undefined;
      const abort = new AbortController();
      const done = rejects(etrn(server, ["one", "two"], abort.signal), /enough/);
      await settle();
      abort.abort(new Error("enough"));
      await done;
      equal(server.commands, ["EHLO office.here", "ETRN one"]);
    });
  }
});

Deno.test("sendEtrn() goes on one by one with a server that does not bear many at once", async (t) => {
  const greeted = "220 mx.world\r\n250-mx.world\r\n250-PIPELINING\r\n250 ETRN\r\n250 OK\r\n";
  const cases = [
    { name: "it hangs up", reply: "", cutAfter: greeted.length },
    { name: "it sends us away", reply: "421 Too fast\r\n" },
    { name: "it is confused", reply: "what?\r\n" },
  ];
  for (const { name, reply, cutAfter = Infinity } of cases) {
    await t.step(name, async () => {
      const server = new ModelSmtpServer("PIPELINING", "ETRN");
      server.cutAfter = (connection) => connection === 0 ? cutAfter : Infinity;
      server.answer = (command) =>
        server.connections === 1 && /^ETRN (?!one)/.test(command) ? reply : undefined;
      const reports = await etrn(server, ["one", "two", "three", "four"]);
      strictEqual(server.connections, 2);
      equal(reports.map(({ domain }) => domain), ["one", "two", "three", "four"]);
      equal(reports.filter(({ ok }) => !ok), []);
    });
  }
});

Deno.test("sendEtrn() asks on for as long as it gets answers before it is sent away", async (t) => {
  for (const keywords of [["PIPELINING", "ETRN"], []]) {
    await t.step(keywords.join(" "), async () => {
      const server = new ModelSmtpServer(...keywords);
      let refused = 0;
      server.answer = (command) => {
        if (command.startsWith("EHLO")) refused = 0;
        if (!command.startsWith("ETRN d")) return undefined;
        return ++refused > 20 ? "421 Too many errors\r\n" : "459 Not here\r\n";
      };
      const domains = [...Array.from({ length: 50 }, (_, i) => `d${i}.example`), "ours.example"];
      const reports = await etrn(server, domains);
      equal(reports.map(({ domain }) => domain), domains);
      equal(reports.filter(({ ok }) => ok).map(({ domain }) => domain), ["ours.example"]);
      strictEqual(server.connections, 3);
    });
  }
});

Deno.test("sendEtrn() gives up a server that sends it away at once", async () => {
  const server = new ModelSmtpServer("PIPELINING", "ETRN");
  server.answer = (command) => command.startsWith("ETRN") ? "421 Busy\r\n" : undefined;
  const reports = await etrn(server, ["one", "two"]);
  const result = "up.stream ends the session: 421 Busy";
  equal(reports, [{ domain: "one", ok: false, result }, { domain: "two", ok: false, result }]);
  strictEqual(server.connections, 2, "Once with all of them, once one at a time");
});

Deno.test("sendEtrn() steps down once", async () => {
  const server = new ModelSmtpServer("PIPELINING", "ETRN");
  server.answer = (command) => command.startsWith("ETRN") ? "what?\r\n" : undefined;
  const reports = await etrn(server, ["one", "two"]);
  equal(reports.map(({ ok }) => ok), [false, false]);
  strictEqual(server.connections, 2);
});

Deno.test("sendEtrn() does not go on with a server that does not know ETRN", async (t) => {
  for (const reply of ["500 What?", "502 No"]) {
    await t.step(reply, async () => {
      const server = new ModelSmtpServer();
      server.answer = (command) => command.startsWith("ETRN") ? `${reply}\r\n` : undefined;
      const reports = await etrn(server, ["one", "two", "three"]);
      equal(reports.map(({ domain, ok }) => [domain, ok]), [
        ["one", false],
        ["two", false],
        ["three", false],
      ]);
      strictEqual(reports[2]?.result, reports[0]?.result);
      equal(server.commands, ["EHLO office.here", "ETRN one", "QUIT"]);
    });
  }
});

Deno.test("sendEtrn() connects anew before it has said too much", async () => {
  const server = new ModelSmtpServer("PIPELINING", "ETRN");
  const domains = Array.from({ length: 200 }, (_, i) => `d${i}.example`);
  const reports = await etrn(server, domains);
  equal(reports.map(({ domain }) => domain), domains);
  equal(reports.filter(({ ok }) => !ok), []);
  strictEqual(server.connections, 3);
});

Deno.test("sendEtrn() calls a domain as DNS does, and reports it as we do", async () => {
  const server = new ModelSmtpServer();
  const reports = await etrn(server, ["b\u00fccher.example", "@b\u00fccher.example"]);
  equal(server.commands.slice(1, 3), [
    "ETRN xn--bcher-kva.example",
    "ETRN @xn--bcher-kva.example",
  ]);
  strictEqual(reports[0]?.domain, "b\u00fccher.example");
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

Deno.test("sendEtrn() logs in where it is asked to, and at once the next time", async () => {
  const server = new ModelSmtpServer("PIPELINING", "ETRN", "AUTH PLAIN");
  let known = false;
  server.answer = (command) => {
    if (command.startsWith("EHLO")) known = false;
    if (command.startsWith("AUTH")) known = true;
    if (command.startsWith("AUTH")) return "235 Hello\r\n";
    return command.startsWith("ETRN") && !known ? "530 5.7.0 Who?\r\n" : undefined;
  };
  const protection = { tls: "none", login: { user: "branch", password: "p" } } as const;
  const wantLogin = new Set<string>();
  const domains = ["one", "two"];
  const ask = () => etrn(server, domains, never, { protection, wantLogin });
  equal((await ask()).map(({ domain, ok }) => [domain, ok]), [["one", true], ["two", true]]);
  strictEqual(server.connections, 2);
  equal((await ask()).filter(({ ok }) => ok).length, 2);
  strictEqual(server.connections, 3, "It is known to want a password");
  const others = await etrn(server, domains);
  equal(others.map(({ ok }) => ok), [false, false]);
  match(others[0]?.result ?? "", /^The server asks for a password first \(530 5\.7\.0 Who\?\)$/);
});

Deno.test("sendEtrn() says that its password is wrong, for each domain", async () => {
  const server = new ModelSmtpServer("PIPELINING", "ETRN", "AUTH PLAIN");
  server.answer = (command) =>
    command.startsWith("AUTH")
      ? "535 5.7.8 No\r\n"
      : command.startsWith("ETRN")
      ? "530 5.7.0 Who?\r\n"
      : undefined;
  const protection = { tls: "none", login: { user: "branch", password: "p" } } as const;
  const reports = await etrn(server, ["one", "two"], never, { protection });
  const result = "up.stream refuses the user and password of gateway_auth: 535 5.7.8 No";
  equal(reports, [{ domain: "one", ok: false, result }, { domain: "two", ok: false, result }]);
  strictEqual(server.connections, 2);
});
