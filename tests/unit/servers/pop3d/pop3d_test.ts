import { deepStrictEqual, doesNotMatch, ok, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files } from "../../../../src/platform/mod.ts";
import { delivery, uidsNow } from "../../../support/maildrop_store.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { RFC_MESSAGES, type TestServer, testServer } from "../../../support/pop3_server.ts";
import { play } from "../../../support/transcript.ts";

const LOGIN = `
S~ +OK
C: USER mrose
S~ +OK
C: PASS tanstaaf
S~ +OK maildrop has
`;

const UIDS = ["whqtswO00WBw418f9t5JxYwZ", "QhdPYR:00WBw1Ph7x7"];

/** Plays a dialogue on a connection of its own. */
async function talk(server: TestServer, script: string): Promise<void> {
  using conn = await server.connect();
  await play(script, conn);
}

/** The disk works until `broken` is set to a call's name. */
function breakableFiles(): { files: Files; broken: keyof Files | undefined } {
  const disk = diskFiles();
  const state: { files: Files; broken: keyof Files | undefined } = {
    files: disk,
    broken: undefined,
  };
  state.files = new Proxy(disk, {
    get(target, name: keyof Files) {
      if (name !== state.broken) return target[name];
      const error = new Error("Input/output error in /var/mail");
      if (name !== "read") return () => Promise.reject(error);
      return () => new ReadableStream({ pull: (controller) => controller.error(error) });
    },
  });
  return state;
}

/** Reads until the server has said `text`. */
async function readUntil(conn: Deno.Conn, text: string): Promise<void> {
  const buffer = new Uint8Array(1000);
  for (let got = ""; !got.includes(text);) {
    const count = await conn.read(buffer);
    if (count === null) throw new Error(`Connection ended before ${text}`);
    got += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

/** A message of `count` lines of 78 octets, in large chunks. */
function largeMessage(count: number) {
  const line = "x".repeat(76) + "\r\n";
  const chunk = new TextEncoder().encode(line.repeat(1000));
  return { deliveryId: "q1", sender: "", body: Array.from({ length: count / 1000 }, () => chunk) };
}

/** Waits until nobody is connected any more. */
async function allGone(server: TestServer): Promise<void> {
  while (server.server.sessions.length > 0) await settle();
}

Deno.test("a connection that is lost deletes nothing and gives the lock back", async () => {
  await using server = await testServer();
  await server.store.deliver("mrose", RFC_MESSAGES);
  await talk(server, LOGIN + "C: DELE 1\nS~ +OK");
  await allGone(server);
  deepStrictEqual(await uidsNow(server.store, "mrose"), UIDS);
  const ended = server.log.entries.find(({ event }) => event === "Session ended");
  strictEqual(ended?.fields.why, "connection lost");
  strictEqual(ended?.fields.deleted, 0);
});

Deno.test("a second session is told that the maildrop is in use, until the first says QUIT", async () => {
  await using server = await testServer();
  await server.store.deliver("mrose", RFC_MESSAGES);
  using first = await server.connect();
  const writer = first.writable.getWriter();
  await writer.write(new TextEncoder().encode("USER mrose\r\nPASS tanstaaf\r\nDELE 2\r\n"));
  while (server.server.sessions[0]?.user !== "mrose") await settle();
  await talk(
    server,
    "S~ +OK\nC: USER mrose\nS~ +OK\nC: PASS tanstaaf\n" +
      "S: -ERR [IN-USE] maildrop is locked by another session\nC: QUIT\nS~ +OK",
  );
  await writer.write(new TextEncoder().encode("QUIT\r\n"));
  for await (const _ of first.readable); // To its end: the reply to QUIT is there.
  await talk(server, LOGIN + "C: STAT\nS: +OK 1 120\nC: QUIT\nS~ +OK");
});

Deno.test("QUIT says so when deleted messages could not be removed", async () => {
  const disk = breakableFiles();
  await using server = await testServer({ files: disk.files });
  await server.store.deliver("mrose", RFC_MESSAGES);
  await uidsNow(server.store, "mrose"); // From here on a login writes nothing.
  disk.broken = "append";
  await talk(
    server,
    LOGIN +
      "C: DELE 1\nS~ +OK\nC: QUIT\nS: -ERR [SYS/TEMP] some deleted messages not removed\nS! .",
  );
  disk.broken = undefined;
  deepStrictEqual(await uidsNow(server.store, "mrose"), UIDS);
});

Deno.test("a maildrop that cannot be opened is a temporary failure and tells no path", async () => {
  const disk = breakableFiles();
  await using server = await testServer({ files: disk.files });
  await server.store.deliver("mrose", RFC_MESSAGES);
  disk.broken = "rename";
  const login = "C: USER mrose\nS~ +OK\nC: PASS tanstaaf\n";
  const failed = "S: -ERR [SYS/TEMP] cannot open the maildrop now, try again later\n";
  using conn = await server.connect();
  await play("S~ +OK\n" + login + failed + "C: QUIT\nS~ +OK", conn);
  disk.broken = undefined;
  await talk(server, LOGIN + "C: STAT\nS: +OK 2 320\nC: QUIT\nS~ +OK");
  deepStrictEqual(server.log.events("error"), ["Cannot open a maildrop"]);
});

Deno.test("a message that cannot be read at all is refused and the session goes on", async () => {
  const disk = breakableFiles();
  await using server = await testServer({ files: disk.files });
  await server.store.deliver("mrose", RFC_MESSAGES);
  await uidsNow(server.store, "mrose");
  disk.broken = "read";
  await talk(
    server,
    LOGIN + "C: RETR 1\nS: -ERR [SYS/TEMP] cannot read the message now, try again later\n" +
      "C: NOOP\nS: +OK\nC: QUIT\nS: +OK goodbye, 2 messages left",
  );
});

Deno.test("a message that breaks off in the middle ends the connection without a terminator", async () => {
  await using server = await testServer();
  await server.store.deliver("mrose", [delivery("q1", "A: 1\r\n\r\n" + "x\r\n".repeat(100_000))]);
  await uidsNow(server.store, "mrose");
  const bin = `${server.root}/bin/mrose.bin`;
  for await (const { name } of Deno.readDir(bin)) {
    if (name.endsWith(".mbox")) await Deno.truncate(`${bin}/${name}`, 150_000);
  }
  using conn = await server.connect();
  await conn.write(new TextEncoder().encode("USER mrose\r\nPASS tanstaaf\r\nRETR 1\r\nNOOP\r\n"));
  const got = await new Response(conn.readable).text();
  ok(got.includes("+OK 300051 octets\r\n"));
  ok(got.length > 100_000 && got.length < 300_000);
  ok(!got.includes("\r\n.\r\n") && !got.includes("+OK\r\n"));
});

Deno.test("an idle client is sent away without a word, one that works is not", async () => {
  const clock = new ManualClock();
  await using server = await testServer({ clock });
  await server.store.deliver("mrose", RFC_MESSAGES);
  using conn = await server.connect();
  await conn.write(new TextEncoder().encode("USER mrose\r\nPASS tanstaaf\r\n"));
  await readUntil(conn, "maildrop has");
  await clock.advance(599_000);
  await conn.write(new TextEncoder().encode("DELE 1\r\n"));
  await readUntil(conn, "deleted");
  await clock.advance(599_000);
  strictEqual(server.server.sessions.length, 1);
  await clock.advance(1000);
  await allGone(server);
  strictEqual(await conn.read(new Uint8Array(100)), null);
  deepStrictEqual(await uidsNow(server.store, "mrose"), UIDS);
  ok(server.log.events("info").includes("Session was idle for too long"));
});

Deno.test("the oldest session without a login makes room when there are too many", async () => {
  await using server = await testServer({ options: { maxSessions: 2 } });
  const buffer = new Uint8Array(512);
  using oldest = await server.connect();
  await oldest.read(buffer);
  using newer = await server.connect();
  await newer.read(buffer);
  await talk(server, `${LOGIN}C: QUIT\nS~ +OK`);
  strictEqual(await oldest.read(buffer).catch(() => null), null);
  await newer.write(new TextEncoder().encode("QUIT\r\n"));
  ok(await newer.read(buffer));
});

Deno.test("too many sessions with a login: one more is told to come back later", async () => {
  await using server = await testServer({ options: { maxSessions: 1 } });
  using first = await server.connect();
  await play(LOGIN, first);
  await talk(server, "S: -ERR [SYS/TEMP] too many sessions, try again later\nS! .");
  first.close();
  await allGone(server);
  await talk(server, "S~ +OK pop.example");
});

Deno.test("a refused login is logged word for word, once, without the password", async () => {
  await using server = await testServer();
  await talk(
    server,
    "S~ +OK\nC: USER mr\u0007rose\rX\nS~ +OK\nC: PASS hunter2\nS: -ERR [AUTH] user name or password " +
      "is wrong\nC: QUIT\nS~ +OK",
  );
  deepStrictEqual(server.log.entries.filter(({ level }) => level === "info"), [{
    level: "info",
    event: "Rejected mr?rose?X, authent said mr?rose?X password wrong or not a valid user",
    fields: { from: "127.0.0.1" },
  }]);
  doesNotMatch(JSON.stringify(server.log.entries), /hunter2/);
});

Deno.test("a refused login waits, and longer each time", async () => {
  const clock = new ManualClock();
  await using server = await testServer({ clock });
  using conn = await server.connect();
  const dialogue = play(
    "S~ +OK\nC. USER a\nC. PASS b\nC. USER a\nC: PASS b\nS~ +OK\nS~ -ERR\nS~ +OK\nS~ -ERR",
    conn,
  );
  // One sleeper watches for idleness, the other is the wait.
  for (const seconds of [1, 2]) {
    while (clock.sleeping < 2) await settle();
    await clock.advance(seconds * 1000 - 1);
    strictEqual(clock.sleeping, 2);
    await clock.advance(1);
  }
  await dialogue;
});

Deno.test("accounts that cannot be asked are a temporary failure, not a wrong password", async () => {
  await using server = await testServer();
  server.accounts.unavailable = "LDAP server 10.0.0.9 is down";
  await talk(
    server,
    "S~ +OK\nC: USER bob\nS~ +OK\nC: PASS secret\n" +
      "S: -ERR [SYS/TEMP] cannot check passwords now, try again later\nC: QUIT\nS~ +OK",
  );
});

Deno.test("a user whose name cannot be a file is told that it will not work later either", async () => {
  await using server = await testServer();
  await talk(
    server,
    "S~ +OK\nC: USER bob.bin\nS~ +OK\nC: PASS secret\n" +
      "S: -ERR [SYS/PERM] this user cannot have a maildrop here\nC: QUIT\nS~ +OK",
  );
  deepStrictEqual(server.log.events("error"), ["Cannot keep mail under a user's name"]);
});

Deno.test("the accounts are asked with user, password and address as the client gave them", async () => {
  await using server = await testServer();
  await talk(server, "S~ +OK\nC: USER BOB\nS~ +OK\nC: PASS  a b \nS~ -ERR\nC: QUIT\nS~ +OK");
  deepStrictEqual(server.accounts.checks, ["BOB  a b  127.0.0.1"]);
});

Deno.test("a session keeps the options it began with", async () => {
  const options = { version: "old" };
  await using server = await testServer({ options });
  using conn = await server.connect();
  await readUntil(conn, "ready");
  options.version = "new";
  await conn.write(new TextEncoder().encode("CAPA\r\n"));
  await readUntil(conn, "DMail-old");
  using later = await server.connect();
  await later.write(new TextEncoder().encode("CAPA\r\n"));
  await readUntil(later, "DMail-new");
});

Deno.test("disposing ends clients that wait and lets a command at hand finish", async () => {
  const clock = new ManualClock();
  const server = await testServer({ clock });
  await server.store.deliver("mrose", [largeMessage(100_000)]);
  using waiting = await server.connect();
  await play("S~ +OK", waiting);
  using busy = await server.connect();
  await busy.write(new TextEncoder().encode("USER mrose\r\nPASS tanstaaf\r\nRETR 1\r\nSTAT\r\n"));
  while (!server.server.sessions.some(({ user }) => user === "mrose")) await settle();
  const disposed = server[Symbol.asyncDispose]();
  const got = await new Response(busy.readable).text();
  ok(got.endsWith("x\r\n.\r\n"));
  await disposed;
  strictEqual(server.server.sessions.length, 0);
  deepStrictEqual(server.log.events("error"), []);
});

Deno.test("the signal stops the server as disposing does", async () => {
  await using server = await testServer();
  using waiting = await server.connect();
  await readUntil(waiting, "ready");
  server.stop();
  await allGone(server);
  strictEqual(await waiting.read(new Uint8Array(100)), null);
  await rejects(server.connect(), Deno.errors.ConnectionRefused);
});

Deno.test("disposing does not wait for ever for a client that takes nothing", async () => {
  const clock = new ManualClock();
  const server = await testServer({ clock });
  await server.store.deliver("mrose", [largeMessage(200_000)]);
  using stuck = await server.connect();
  await stuck.write(new TextEncoder().encode("USER mrose\r\nPASS tanstaaf\r\nRETR 1\r\n"));
  while (!server.server.sessions.some(({ user }) => user === "mrose")) await settle();
  const disposed = server[Symbol.asyncDispose]();
  while (clock.sleeping === 0) await settle();
  await clock.advance(5000);
  await disposed;
});
