import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { ACCOUNT, FetchWorld, messageTo } from "../../../support/fetch_world.ts";
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

function worldOf(
  quirks: Pop3Quirks = {},
  account: Partial<typeof ACCOUNT> = {},
  messages: readonly ScriptedMessage[] = three,
): FetchWorld {
  return new FetchWorld(new ScriptedPop3(messages, quirks), {
    accounts: [{ ...ACCOUNT, ...account }],
  });
}

Deno.test("FetchSession.collect() remembers kept messages when the server lists none for a while", async () => {
  using world = worldOf({}, { keepDays: 30 });
  await world.collect();
  world.server.messages = [];
  await world.collect();
  world.server.messages = [...three];
  const report = await world.collect();
  assertEquals([report.result, world.queue.delivered.length], ["nothing new", 3]);
});

Deno.test("FetchSession.collect() tells apart two messages that the server gives one unique-id", async () => {
  const twins = three.slice(0, 2).map(({ text }) => ({ uid: "same", text }));
  using world = worldOf({}, {}, twins);
  world.server.quirks = {
    reply: (sent) => {
      if (sent === "RETR 2") return "-ERR not now";
      if (sent !== "QUIT") return undefined;
      world.server.messages = twins.slice(1); // It is deleted, but the line drops before it says so.
      return "close";
    },
  };
  await world.collect();
  world.server.quirks = {};
  await world.collect();
  assertEquals([subjects(world), world.server.messages], [["Number 1", "Number 2"], []]);
});

Deno.test("FetchSession.collect() deletes what is safe here though one message ends every session", async () => {
  using world = worldOf();
  const bad = () => world.server.messages.findIndex(({ uid }) => uid === "uid-2") + 1;
  world.server.quirks = { reply: (sent) => sent === `RETR ${bad()}` ? "close" : undefined };
  const popfetch = world.start();
  const results: string[] = [];
  for (let call = 0; call < 4; call++) results.push((await world.collect(popfetch)).result);
  assertEquals(world.server.messages.map(({ uid }) => uid), ["uid-2"]);
  assertEquals(
    results[2],
    "collected 1 message, left 1 message for later: message 2 ends sessions",
  );
  match(results[3] ?? "", /ended the connection too early|was lost/, "It is tried again");
});

Deno.test("FetchSession.collect() gets past a huge header where the server gives no unique-ids", async () => {
  const huge = `X-Huge: ${"x".repeat(60)}\r\n`.repeat(30_000) + messageTo("bob@office.example", 1);
  using world = worldOf({ uidl: false }, { keepDays: 3 }, three.slice(1));
  await world.collect();
  world.server.messages = [{ uid: "huge", text: huge }, ...three.slice(1)];
  const reports = [await world.collect(), await world.collect()];
  match(reports[0]?.result ?? "", /^collected 1 message/);
  assertEquals(reports[1]?.result, "nothing new");
});

Deno.test("FetchSession.collect() sees a message so large that its listed size is below zero", async () => {
  using world = worldOf({
    reply: (sent) => sent === "LIST" ? "+OK\r\n1 9\r\n2 -5\r\n3 9\r\n." : undefined,
  }, { maxOctets: 1_000_000 });
  const { result } = await world.collect();
  assertEquals(result, "collected 2 messages, left 1 message over the size limit");
});
