import { deepStrictEqual as equal, match, rejects, strictEqual } from "node:assert/strict";
import { TurnedSession, TurnedSessions } from "../../../../src/agents/relay/turned_sessions.ts";
import { SmtpError } from "../../../../src/agents/relay/smtp_error.ts";
import { LineConn } from "../../../support/line_conn.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { MemoryNet } from "../../../support/memory_net.ts";

const NEVER = new AbortController().signal;

/** A session over which `branch` is the server. */
async function session(branch: (conn: LineConn) => Promise<void>, clock = new ManualClock()) {
  const net = new MemoryNet({
    "branch:1": (connection) =>
      branch(
        new LineConn({
          read: (into) => connection.read(into),
          async write(bytes) {
            await connection.write(bytes);
            return bytes.length;
          },
          close: () => connection.close(),
        }),
      ),
  });
  const sessions = new TurnedSessions({ net, clock });
  const claimed = sessions.claim(["branch.example"], "branch");
  if (claimed === undefined) throw new Error("Cannot claim");
  const connection = await net.connect({ host: "branch", port: 1 });
  const open = () => claimed.open(connection, { host: "branch", hostname: "hub.example" });
  return { sessions, claimed, open, clock };
}

/** Greets, and answers until QUIT. */
async function polite(conn: LineConn): Promise<void> {
  await conn.write("220 branch\r\n");
  for (let line = await conn.text(); line !== undefined; line = await conn.text()) {
    await conn.write(line === "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
    if (line === "QUIT") return;
  }
}

Deno.test("claim() gives a domain to one session at a time, all or none", () => {
  const sessions = new TurnedSessions({ net: new MemoryNet({}), clock: new ManualClock() });
  const one = sessions.claim(["a.example", "b.example"], "ann");
  strictEqual(one instanceof TurnedSession, true);
  strictEqual(sessions.claim(["c.example", "b.example"], "bob"), undefined);
  const other = sessions.claim(["c.example"], "bob");
  equal(
    ["x@A.example", "x@b.example", "x@c.example", "x@d.example", "x@sub.a.example"].map((address) =>
      sessions.laneOf(address)
    ),
    [one?.lane, one?.lane, other?.lane, undefined, undefined],
  );
  strictEqual(sessions.of(one?.lane ?? ""), one);
  strictEqual(one?.lane === other?.lane, false);
});

Deno.test("close() frees the domains, says goodbye, and a lane is never used twice", async () => {
  const { sessions, claimed, open } = await session(polite);
  await open();
  strictEqual(claimed.takesMail, true);
  await claimed.close();
  await claimed.over;
  equal([sessions.isOpen, sessions.of(claimed.lane), claimed.takesMail], [false, undefined, false]);
  const next = sessions.claim(["branch.example"], "branch");
  strictEqual(next === undefined || next.lane === claimed.lane, false);
});

Deno.test("open() fails with who will not have us, or says nothing", async (t) => {
  await t.step("554", async () => {
    const { claimed, open } = await session((conn) => conn.write("554 no\r\n"));
    await rejects(open(), (error) => error instanceof SmtpError && /554 no/.test(error.message));
    await claimed.close();
    await claimed.ready;
  });
  await t.step("silence", async () => {
    const clock = new ManualClock();
    const { claimed, open } = await session(async (conn) => void await conn.text(), clock);
    const opening = rejects(open(), /no answer within 300 s/);
    await clock.advance(300_000);
    await opening;
    await claimed.close();
  });
  await t.step("what is no greeting", async () => {
    const { claimed, open } = await session((conn) => conn.write("MAIL FROM:<x@y>\r\n"));
    await rejects(open(), /Cannot parse SMTP reply/);
    await claimed.close();
  });
});

Deno.test("send() lets one send after the other", async () => {
  const { claimed, open } = await session(polite);
  await open();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const sends = [
    claimed.send(async () => {
      order.push("first begins");
      await first.promise;
      order.push("first ends");
    }, NEVER),
    claimed.send(() => Promise.resolve(void order.push("second")), NEVER),
  ];
  first.resolve();
  await Promise.all(sends);
  equal(order, ["first begins", "first ends", "second"]);
  claimed.note(100);
  claimed.note(20);
  equal(claimed.sent, { messages: 2, octets: 120 });
  await claimed.close();
});

Deno.test("end() lets who sends come to an end, and is done then", async () => {
  const { claimed, open } = await session(polite);
  await open();
  const sending = Promise.withResolvers<void>();
  const send = claimed.send(() => sending.promise, NEVER);
  await Promise.resolve();
  claimed.end();
  await claimed.ending;
  equal([claimed.takesMail, claimed.done.aborted], [false, false]);
  sending.resolve();
  await send;
  strictEqual(claimed.done.aborted, true);
  let sent = false;
  await claimed.send(() => Promise.resolve(void (sent = true)), NEVER);
  strictEqual(sent, false);
  await claimed.close();
});

Deno.test("close() says goodbye only behind what is being sent", async () => {
  const said: string[] = [];
  const { claimed, open } = await session(async (conn) => {
    await conn.write("220 branch\r\n");
    for (let line = await conn.text(); line !== undefined; line = await conn.text()) {
      said.push(line);
      await conn.write("250 ok\r\n");
    }
  });
  await open();
  const [begun, more] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const send = claimed.send(async ({ client }) => {
    await client.command("MAIL FROM:<>");
    begun.resolve();
    await more.promise;
    await client.command("RSET");
  }, NEVER);
  await begun.promise;
  const closed = claimed.close();
  await claimed.ending;
  more.resolve();
  await Promise.all([send, closed]);
  equal(said.slice(1), ["MAIL FROM:<>", "RSET", "QUIT"]);
});

Deno.test("send() is done when the connection is lost, and when it is broken off", async (t) => {
  await t.step("lost", async () => {
    const { claimed, open } = await session(async (conn) => {
      await conn.write("220 branch\r\n");
      await conn.text();
      await conn.write("250 ok\r\n");
    });
    await open();
    await claimed.send(async ({ client }) => {
      await rejects(client.command("NOOP"), SmtpError);
    }, NEVER);
    match(String(claimed.done.reason), /The connection to branch was lost/);
    await claimed.close();
  });
  await t.step("broken off", async () => {
    const { claimed, open } = await session(polite);
    await open();
    const abort = new AbortController();
    await claimed.send(async ({ client }) => {
      abort.abort();
      strictEqual(client.isOpen, false);
      await Promise.resolve();
    }, abort.signal);
    strictEqual(claimed.done.aborted, true);
    await claimed.close();
  });
});
