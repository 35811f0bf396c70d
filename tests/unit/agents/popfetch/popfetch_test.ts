import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import { accountName, repairJournal } from "../../../../src/agents/popfetch/mod.ts";
import { ACCOUNT, FetchWorld, messageTo } from "../../../support/fetch_world.ts";
import { MemoryNet } from "../../../support/memory_net.ts";
import { ScriptedPop3 } from "../../../support/scripted_pop3.ts";
import { tempDir } from "../../../support/temp_dir.ts";

const { signal } = new AbortController();
const quiet = () => {};
const message = (number: number, to = "bob@office.example") => ({
  uid: `uid-${number}`,
  text: messageTo(to, number),
});

Deno.test("accountName() leaves the usual ports out", () => {
  strictEqual(accountName(ACCOUNT), "office@pop.provider.example");
  strictEqual(accountName({ ...ACCOUNT, port: 995 }), "office@pop.provider.example");
  strictEqual(accountName({ ...ACCOUNT, port: 1110 }), "office@pop.provider.example:1110");
});

Deno.test("Popfetch.collect() goes on when an account fails, and reports in their order", async () => {
  const accounts = ["down.example", "pop.provider.example", "gone.example"].map((host) => ({
    ...ACCOUNT,
    host,
  }));
  using world = new FetchWorld(new ScriptedPop3([message(1)]), { accounts });
  const reports = await world.start().collect(quiet, signal);
  assertEquals(
    reports.map(({ account, result }) => `${account}: ${result}`),
    [
      "office@down.example: down.example:110 could not be reached: the connection was refused",
      "office@pop.provider.example: collected 1 message",
      "office@gone.example: gone.example:110 could not be reached: the connection was refused",
    ],
  );
});

Deno.test("Popfetch.collect() tries a server that cannot be reached once more after a while", async () => {
  using world = new FetchWorld(new ScriptedPop3([message(1)]), { retryDelayMs: 40_000 });
  const peers = { "pop.provider.example:110": world.server.serve };
  let reachable = false;
  const net = new MemoryNet(peers);
  const real = net.connect.bind(net);
  net.connect = (target) =>
    reachable ? real(target) : Promise.reject(new Error("Network is unreachable"));
  world.net = net;
  const collected = world.collect();
  await world.clock.advance(39_999);
  reachable = true;
  strictEqual(world.queue.delivered.length, 0);
  await world.clock.advance(1);
  const report = await collected;
  strictEqual(report.result, "collected 1 message");
  strictEqual(world.progress.filter(({ kind }) => kind === "account done").length, 1);
});

Deno.test("Popfetch.collect() gives up after the second try, and does not wait when aborted", async () => {
  using world = new FetchWorld(new ScriptedPop3([]), { retryDelayMs: 40_000 });
  world.net = new MemoryNet({});
  const collected = world.collect();
  await world.clock.advance(40_000);
  match((await collected).result, /could not be reached/);
  strictEqual(world.net.connections, 2);

  const controller = new AbortController();
  const aborted = world.start().collect(quiet, controller.signal);
  await world.clock.advance(1);
  controller.abort(new Error("SIGTERM"));
  assertEquals((await aborted).map(({ result }) => result), ["the call was broken off"]);
});

Deno.test("Popfetch.collect() gives up on a server that does not answer the phone", async () => {
  using world = new FetchWorld(new ScriptedPop3([]));
  world.net.connect = (_target, abort?: AbortSignal) =>
    new Promise((_resolve, reject) => abort?.addEventListener("abort", () => reject(abort.reason)));
  const collected = world.collect();
  await world.clock.advance(60_000);
  match((await collected).result, /could not be reached: no answer$/);
});

Deno.test("Popfetch.collect() says when a certificate is not trusted", async () => {
  using world = new FetchWorld(new ScriptedPop3([]));
  world.net.connect = () => Promise.reject(new Error("invalid peer certificate: UnknownIssuer"));
  match(
    (await world.collect()).result,
    /^The certificate of .* is not trusted: it is signed by an authority that is not known here/,
  );
});

Deno.test("Popfetch.collect() tells the caretaker who did not get a message", async () => {
  await using dir = await tempDir();
  const server = new ScriptedPop3([message(1, "bob@office.example, nobody@office.example")]);
  using world = new FetchWorld(server, { workPath: dir.path });
  const report = await world.collect();
  const [copy, original] = world.queue.delivered;
  assertEquals([copy?.to, original?.to], [["caretaker@office.example"], ["bob@office.example"]]);
  match(
    copy?.body ?? "",
    /could not be delivered to:\r\n {2}nobody@office\.example \(User unknown/,
  );
  strictEqual(original?.body, messageTo("bob@office.example, nobody@office.example", 1));
  assertEquals([report.fetched, server.messages], [1, []]);
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), [], "msg.dat is gone");
});

Deno.test("Popfetch.collect() keeps what nobody can get in duds.dat", async () => {
  await using dir = await tempDir();
  const body = "From here\r\n>From there\r\n";
  const server = new ScriptedPop3([
    { uid: "a", text: messageTo("alice@world.example", 1, body) },
  ]);
  using world = new FetchWorld(server, { workPath: dir.path, defaultAddress: "" });
  const report = await world.collect();
  assertEquals(
    [report.ok, report.duds, report.result],
    [true, 1, "nothing new, kept 1 message for nobody here in duds.dat"],
  );
  const duds = await Deno.readTextFile(`${dir.path}/duds.dat`);
  match(duds, /^From sender@world\.example Mon Jan {2}1 00:00:00 2024\nReceived: from pop/);
  match(duds, /\nX-DMail-Fetched: office@pop\.provider\.example; a; recipient found in To\n/);
  ok(duds.endsWith("\n\n>From here\n>>From there\n\n"));
  assertEquals([world.queue.delivered, server.messages], [[], []]);
});

Deno.test("Popfetch.collect() keeps a dud though another one is cut off at the same time", async () => {
  await using dir = await tempDir();
  const dud = (number: number) => ({
    uid: `${number}`,
    text: messageTo("x@world.example", number),
  });
  const [whole, half] = [new ScriptedPop3([dud(1)]), new ScriptedPop3([dud(2)])];
  using world = new FetchWorld(whole, { workPath: dir.path, defaultAddress: "" });
  const quit = Promise.withResolvers<void>();
  whole.quirks = { reply: (sent) => void (sent === "QUIT" && quit.resolve()) };
  half.quirks = {
    reply: (sent) => sent === "RETR 1" ? `+OK\r\n${dud(2).text}and so on` : undefined,
  };
  world.net = new MemoryNet({
    "pop.provider.example:110": whole.serve,
    "other.example:110": (connection) => Promise.race([half.serve(connection), quit.promise]),
  });
  world.options = {
    ...world.options,
    accounts: [{ ...ACCOUNT, host: "other.example" }, ACCOUNT],
  };
  const reports = await world.start().collect(quiet, signal);
  assertEquals(reports.map(({ duds }) => duds), [0, 1]);
  assertEquals(whole.messages, []);
  match(
    await Deno.readTextFile(`${dir.path}/duds.dat`),
    /^From .*\n[^]*Subject: Number 1\n\nHello\n\n$/,
  );
});

Deno.test("Popfetch stops itself after too many duds in a row", async () => {
  await using dir = await tempDir();
  const server = new ScriptedPop3([1, 2, 3, 4].map((number) => message(number, "x@world.example")));
  const options = { workPath: dir.path, defaultAddress: "", maxDuds: 3 };
  using world = new FetchWorld(server, options);
  const popfetch = world.start();
  const first = await world.collect(popfetch);
  strictEqual(first.ok, false);
  match(first.result, /POPFetch has stopped itself: 3 messages in a row found no recipient/);
  strictEqual(popfetch.stopped, first.result);
  const connections = world.net.connections;
  strictEqual((await world.collect(popfetch)).result, first.result);
  strictEqual(world.net.connections, connections, "no call is made");
  strictEqual(server.messages.length, 4);

  await world.collect(); // A new one, after a reload.
  assertEquals(server.messages, []);
  const duds = await Deno.readTextFile(`${dir.path}/duds.dat`);
  strictEqual(duds.match(/^From /gm)?.length, 4, "none twice");
});

Deno.test("Popfetch counts duds in a row: a delivery begins anew", async () => {
  await using dir = await tempDir();
  const to = (number: number) => number === 3 ? "bob@office.example" : "x@world.example";
  const server = new ScriptedPop3([1, 2, 3, 4, 5].map((number) => message(number, to(number))));
  const options = { workPath: dir.path, defaultAddress: "", maxDuds: 3 };
  using world = new FetchWorld(server, options);
  const popfetch = world.start();
  const report = await world.collect(popfetch);
  assertEquals([report.duds, report.fetched, popfetch.stopped], [4, 1, undefined]);
});

Deno.test("repairJournal() notes what a crash kept out of the journal", async () => {
  using world = new FetchWorld(new ScriptedPop3([message(1), message(2)]));
  world.queue.fault = () => "crash after commit";
  await world.collect();
  const spool = world.queue.delivered.map(({ id, submission }) => ({
    id,
    origin: submission.origin,
    submittedAtMs: 7,
  }));
  const local = { id: "Q9", origin: { kind: "local", by: "test" } as const, submittedAtMs: 8 };
  strictEqual(await repairJournal(world.journal, [...spool, local]), 1);
  strictEqual(await repairJournal(world.journal, spool), 0);
  assertEquals(world.journal.get("office@pop.provider.example", "uid-1"), {
    kind: "stored",
    queueId: "Q1",
    atMs: 7,
  });
  world.queue.fault = () => "none";
  await world.collect();
  assertEquals(world.queue.delivered.map(({ submission }) => submission.origin.kind), [
    "fetched",
    "fetched",
  ]);
  assertEquals(world.server.messages, []);
});
