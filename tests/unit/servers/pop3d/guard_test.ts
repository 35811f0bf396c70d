import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { guardWith } from "../../../support/guards.ts";
import type { LineConn } from "../../../support/line_conn.ts";
import { connectFrom } from "../../../support/neighbour.ts";
import { ImpatientClock, testServer } from "../../../support/pop3_server.ts";

const MINUTE_MS = 60_000;
const RULE = { failures: 3, withinMs: 10 * MINUTE_MS, banMs: 60 * MINUTE_MS };

/** Sends commands and resolves to the reply to the last one. */
async function answer(conn: LineConn, ...commands: readonly string[]): Promise<string | undefined> {
  let reply: string | undefined;
  for (const command of commands) {
    await conn.write(command + "\r\n");
    reply = await conn.text();
  }
  return reply;
}

Deno.test("an address that guesses passwords is banned, its other sessions too, and no other", async () => {
  const clock = new ImpatientClock();
  const guard = guardWith({ banRule: RULE }, { clock });
  await using server = await testServer({ clock, guard });
  using guesser = await connectFrom("127.0.0.2", server.port);
  using sibling = await connectFrom("127.0.0.2", server.port);
  using stranger = await connectFrom("127.0.0.3", server.port);
  for (const conn of [guesser, sibling, stranger]) match(await conn.text() ?? "", /^\+OK/);
  for (const password of ["wrong", "wrong", "Wrong", "wrong"]) {
    match(await answer(guesser, "USER bob", `PASS ${password}`) ?? "", /^-ERR \[AUTH\]/);
  }
  const banned = "-ERR [SYS/TEMP] too many failures from your address, try again later";
  strictEqual(await answer(guesser, "USER bob", "PASS wrong again"), banned);
  strictEqual(await guesser.text(), undefined);
  strictEqual(await answer(sibling, "USER bob", "PASS secret"), banned);
  strictEqual(await sibling.text(), undefined);
  using again = await connectFrom("127.0.0.2", server.port);
  strictEqual(await again.text(), banned);
  strictEqual(await again.text(), undefined);
  match(await answer(stranger, "USER bob", "PASS secret") ?? "", /^\+OK/);
  strictEqual(server.accounts.checks.filter((check) => check.startsWith("bob secret")).length, 1);
  await clock.advance(60 * MINUTE_MS);
  using later = await connectFrom("127.0.0.2", server.port);
  match(await later.text() ?? "", /^\+OK/);
});

Deno.test("whoever guesses on this machine is never banned: many people may be behind it", async () => {
  const clock = new ImpatientClock();
  await using server = await testServer({ clock, guard: guardWith({ banRule: RULE }, { clock }) });
  for (let i = 0; i < 10; i++) {
    using conn = await connectFrom("127.0.0.1", server.port);
    await conn.text();
    match(await answer(conn, "USER bob", `PASS wrong${i}`) ?? "", /^-ERR \[AUTH\]/);
  }
});

Deno.test("a login that opened the maildrop is remembered for the SMTP server", async () => {
  const clock = new ImpatientClock();
  const guard = guardWith({ recentLoginMs: MINUTE_MS }, { clock });
  await using server = await testServer({ clock, guard });
  const loggedIn: (string | undefined)[] = [];
  for (const password of ["wrong", "secret"]) {
    using conn = await connectFrom("127.0.0.2", server.port);
    await conn.text();
    await answer(conn, "USER bob", `PASS ${password}`, "QUIT");
    loggedIn.push(guard.recentLogins.userAt("127.0.0.2"));
  }
  deepStrictEqual(loggedIn, [undefined, "bob"]);
  strictEqual(guard.recentLogins.userAt("127.0.0.1"), undefined);
});
