import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import {
  type Connection,
  hashPassword,
  readScryptHash,
  systemNet,
  systemPinnedTls,
} from "../../../../src/platform/mod.ts";
import type { ControlHandler, ManagerAnswer } from "../../../../src/servers/control/mod.ts";
import { startTestManager, testPair } from "../../../support/manager.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

const never = new AbortController().signal;

/** Repeats its arguments and ends with 3. */
const echo: ControlHandler = async ({ args }, reply) => {
  await reply.text(args.join("|"));
  return 3;
};

const WRONG: ManagerAnswer = { kind: "refused", reason: "That is not the manager password" };

Deno.test("startManager() carries out the request of who knows the password", async () => {
  await using office = await startTestManager({ handler: echo });
  const { answer, texts } = await office.ask("secret", { args: ["a b", "ü"] });
  equal([answer, texts], [{ kind: "answered", code: 3 }, ["a b|ü"]]);
  equal(office.log.of("Manager command"), [{ from: "127.0.0.1", command: "test" }]);
});

Deno.test("startManager() knows the password however its accents were typed", async () => {
  const stored = readScryptHash(await hashPassword("gr\u00fcn"));
  await using office = await startTestManager({ handler: echo, secret: async () => await stored });
  equal((await office.ask("gru\u0308n")).answer, { kind: "answered", code: 3 });
});

Deno.test("startManager() refuses a wrong password, and the next one comes too soon", async () => {
  const clock = new ManualClock();
  await using office = await startTestManager({ handler: echo, clock });
  const wrong = office.ask("Secret");
  await until(() => office.log.of("Wrong manager password").length === 1, clock);
  await clock.advance(1000);
  equal((await wrong).answer, WRONG);
  equal(office.log.of("Wrong manager password"), [{ from: "127.0.0.1" }]);

  // The wait began with the attempt: a second wrong one counts two seconds from its beginning.
  const again = office.ask("");
  await until(() => office.log.of("Wrong manager password").length === 2, clock);
  await clock.advance(1000);
  equal((await again).answer, WRONG);
  const early = await office.ask("secret");
  equal(early.answer, {
    kind: "refused",
    reason: "Too many wrong passwords; try again in 1 s",
  });
  await clock.advance(1000);
  equal((await office.ask("secret")).answer, { kind: "answered", code: 3 });
});

/** Lets what is ready run, without any time passing, until something has come true. */
async function until(isTrue: () => boolean, clock: ManualClock): Promise<void> {
  while (!isTrue()) await clock.advance(0);
}

Deno.test("startManager() says what to do when no password is set", async () => {
  const secret = () => Promise.resolve(undefined);
  await using office = await startTestManager({ handler: echo, secret });
  const { answer } = await office.ask("secret");
  ok(answer.kind === "refused");
  match(answer.reason, /No manager password is set there; .* dmail tellpop password/);
});

Deno.test("startManager() hangs up on addresses that may not come", async () => {
  await using office = await startTestManager({ handler: echo, mayCome: () => false });
  const { kind } = (await office.ask("secret")).answer;
  strictEqual(kind, "turned away");
  equal(office.log.of("Turned a manager away")[0]?.from, "127.0.0.1");
});

/** Hands on what each side says, as one in the middle who has a certificate of his own. */
async function startMiddle(port: number) {
  const tls = await testPair();
  const listener = systemNet.listen({ host: "127.0.0.1", port: 0 }, tls);
  const passed = { up: "", down: "" };
  const handOn = async (from: Connection, to: Connection, side: "up" | "down") => {
    const buffer = new Uint8Array(4096);
    for (let count; (count = await from.read(buffer).catch(() => null)) !== null;) {
      passed[side] += new TextDecoder().decode(buffer.subarray(0, count));
      await to.write(buffer.slice(0, count)).catch(() => {});
    }
    to.close();
  };
  const serving = (async () => {
    for await (const client of listener) {
      using _client = client;
      const target = { host: "127.0.0.1", port };
      const { connection: server } = await systemPinnedTls.connectUnverified(target, never);
      await Promise.all([handOn(client, server, "up"), handOn(server, client, "down")]);
    }
  })();
  return {
    port: listener.local.port,
    passed,
    async [Symbol.asyncDispose]() {
      listener[Symbol.dispose]();
      await serving;
    },
  };
}

Deno.test("startManager() refuses a proof that one in the middle has handed on", async () => {
  let carriedOut = 0;
  const handler: ControlHandler = () => Promise.resolve(carriedOut++);
  await using office = await startTestManager({ handler });
  await using middle = await startMiddle(office.port);
  const { answer } = await office.ask("secret", { port: middle.port });
  equal(answer, WRONG);
  strictEqual(carriedOut, 0);
  match(middle.passed.up, /"proof"/);
  ok(!middle.passed.up.includes("secret"));
  // The same client, straight: it was the certificate alone.
  await using other = await startTestManager({ handler });
  equal((await other.ask("secret")).answer.kind, "answered");
});

Deno.test("askManager() asks nothing of a server that does not know the password", async (t) => {
  const tls = await testPair();
  const challenge = {
    ...{ kind: "challenge", N: 16384, r: 8, p: 1 },
    salt: new Uint8Array(16).toBase64(),
    nonce: new Uint8Array(32).toBase64(),
  };
  const proof = { kind: "proof", proof: new Uint8Array(32).toBase64() };
  const cases: { name: string; says: unknown[]; lines: number; want: ManagerAnswer }[] = [
    {
      name: "a made-up proof",
      says: [challenge, proof],
      lines: 1,
      want: { kind: "not genuine" },
    },
    {
      name: "a key that is cheap to try",
      says: [{ ...challenge, N: 2 }],
      lines: 0,
      want: { kind: "not genuine" },
    },
    {
      name: "a key that costs all memory",
      says: [{ ...challenge, N: 2 ** 30 }],
      lines: 0,
      want: { kind: "not genuine" },
    },
    {
      name: "no salt",
      says: [{ ...challenge, salt: "" }],
      lines: 0,
      want: { kind: "not genuine" },
    },
    { name: "another protocol", says: ["220 hello"], lines: 0, want: { kind: "not genuine" } },
    {
      name: "a refusal that draws on the terminal",
      says: [{ kind: "refused", reason: "no\x1b[2J\nmore" }],
      lines: 0,
      want: { kind: "refused", reason: "no [2J more" },
    },
    { name: "nothing", says: [], lines: 0, want: { kind: "turned away" } },
  ];
  await using office = await startTestManager({ handler: echo });
  for (const { name, says, lines, want } of cases) {
    await t.step(name, async () => {
      const listener = systemNet.listen({ host: "127.0.0.1", port: 0 }, tls);
      const heard: string[] = [];
      const serving = (async () => {
        for await (const conn of listener) {
          using client = conn;
          listener[Symbol.dispose]();
          const buffer = new Uint8Array(4096);
          for (const line of says) {
            await client.write(new TextEncoder().encode(JSON.stringify(line) + "\n"));
            const count = await client.read(buffer).catch(() => null);
            if (count !== null) heard.push(new TextDecoder().decode(buffer.subarray(0, count)));
          }
          if (says.length === 0) await client.write(new Uint8Array()).catch(() => {});
        }
      })();
      const { answer } = await office.ask("secret", { port: listener.local.port });
      equal(answer, want);
      await serving;
      strictEqual(heard.length, lines, heard.join());
      ok(!heard.join().includes('"command"'));
    });
  }
});

/** A client that says what it is told: no proof of its own. */
async function rawClient(port: number) {
  const target = { host: "127.0.0.1", port };
  const { connection } = await systemPinnedTls.connectUnverified(target, never);
  const buffer = new Uint8Array(4096);
  return {
    connection,
    async line(): Promise<string | undefined> {
      const count = await connection.read(buffer).catch(() => null);
      return count === null ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
    },
    say: (text: string) => connection.write(new TextEncoder().encode(text)).catch(() => {}),
    [Symbol.dispose]: () => connection.close(),
  };
}

Deno.test("startManager() refuses what another session has proved", async () => {
  await using office = await startTestManager({ handler: echo, isFree: () => true });
  let recorded = "";
  const recorder = {
    async connectUnverified(...args: Parameters<typeof systemPinnedTls.connectUnverified>) {
      const { connection, fingerprintSha256 } = await systemPinnedTls.connectUnverified(...args);
      const write = (bytes: Uint8Array) => {
        recorded ||= new TextDecoder().decode(bytes);
        return connection.write(bytes);
      };
      const recording: Connection = {
        remote: connection.remote,
        local: connection.local,
        read: (into) => connection.read(into),
        write,
        closeWrite: () => connection.closeWrite(),
        close: () => connection.close(),
        [Symbol.dispose]: () => connection.close(),
      };
      return { connection: recording, fingerprintSha256 };
    },
  };
  const first = await office.ask("secret", { pinnedTls: recorder });
  equal(first.answer, { kind: "answered", code: 3 });
  match(recorded, /^\{"kind":"proof"/);

  using client = await rawClient(office.port);
  match(await client.line() ?? "", /challenge/);
  await client.say(recorded);
  match(await client.line() ?? "", /That is not the manager password/);
  strictEqual(await client.line(), undefined);
});

Deno.test("startManager() says nothing to what is no client, and lives on", async (t) => {
  await using office = await startTestManager({ handler: echo });
  const nonce = new Uint8Array(32).toBase64();
  const cases = [
    "GET / HTTP/1.0\r\n\r\n",
    "\n",
    "{}\n",
    "null\n",
    '{"kind":"proof","proof":1,"nonce":2}\n',
    '{"kind":"proof","proof":"AAAA","nonce":"AAAA"}\n',
    `{"kind":"proof","proof":"*","nonce":"${nonce}"}\n`,
    '{"command":"shutdown","args":[]}\n',
    "x".repeat(70_000) + "\n",
  ];
  for (const garbage of cases) {
    await t.step(JSON.stringify(garbage.slice(0, 40)), async () => {
      using client = await rawClient(office.port);
      match(await client.line() ?? "", /challenge/);
      await client.say(garbage);
      strictEqual(await client.line(), undefined);
    });
  }
  await t.step("octets without TLS", async () => {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: office.port });
    await conn.write(new TextEncoder().encode("EHLO x\r\n\r\n"));
    const buffer = new Uint8Array(100);
    while (await conn.read(buffer).catch(() => null) !== null); // A TLS alert, then the end.
  });
  equal((await office.ask("secret")).answer, { kind: "answered", code: 3 });
});

Deno.test("startManager() ends sessions that do not come to their request in time", async (t) => {
  for (const handshakes of [false, true]) {
    await t.step(handshakes ? "after the handshake" : "before the handshake", async () => {
      const clock = new ManualClock();
      await using office = await startTestManager({ handler: echo, clock });
      using conn = handshakes
        ? (await rawClient(office.port)).connection
        : await systemNet.connect({ host: "127.0.0.1", port: office.port });
      await until(() => office.manager.sessions === 1 && clock.sleeping > 0, clock);
      strictEqual(office.manager.sessions, 1);
      await clock.advance(30_000);
      const buffer = new Uint8Array(4096);
      while (await conn.read(buffer).catch(() => null) !== null);
      await clock.advance(0);
      strictEqual(office.manager.sessions, 0);
    });
  }
});

Deno.test("startManager() has room for 32 sessions and turns the 33rd away", async () => {
  const held = Promise.withResolvers<number>();
  const all = Promise.withResolvers<void>();
  let begun = 0;
  const handler: ControlHandler = () => {
    if (++begun === 32) all.resolve();
    return held.promise;
  };
  await using office = await startTestManager({ handler, isFree: () => true });
  const asking = Array.from({ length: 32 }, () => office.ask("secret"));
  await all.promise;
  strictEqual(office.manager.sessions, 32);
  const { kind } = (await office.ask("secret")).answer;
  strictEqual(kind, "turned away");
  held.resolve(0);
  for (const { answer } of await Promise.all(asking)) {
    equal(answer, { kind: "answered", code: 0 });
  }
});

Deno.test("startManager() tells a client now and then that its command goes on", async () => {
  const clock = new ManualClock();
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<number>()];
  const handler: ControlHandler = () => {
    begun.resolve();
    return held.promise;
  };
  await using office = await startTestManager({ handler, clock });
  let heard = "";
  const listener = {
    async connectUnverified(...args: Parameters<typeof systemPinnedTls.connectUnverified>) {
      const opened = await systemPinnedTls.connectUnverified(...args);
      const { read } = opened.connection;
      opened.connection.read = async (into) => {
        const count = await read.call(opened.connection, into);
        heard += new TextDecoder().decode(into.subarray(0, count ?? 0));
        return count;
      };
      return opened;
    },
  };
  const asked = office.ask("secret", { pinnedTls: listener });
  await begun.promise;
  await until(() => clock.sleeping === 1, clock);
  await clock.advance(30_000);
  await until(() => clock.sleeping === 1, clock);
  await clock.advance(30_000);
  held.resolve(0);
  equal((await asked).answer, { kind: "answered", code: 0 });
  strictEqual(heard.match(/"alive"/g)?.length, 2);
});

Deno.test("disposing the manager's port ends a session in the middle of an answer", async () => {
  const begun = Promise.withResolvers<void>();
  const office = await startTestManager({
    async handler(_request, _reply, signal) {
      const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
      begun.resolve();
      await stopped;
      return 0;
    },
  });
  const asking = office.ask("secret");
  await begun.promise;
  await office[Symbol.asyncDispose]();
  equal((await asking).answer, { kind: "cut off" });
});

Deno.test("a handler is told when its client over the network goes away", async () => {
  const [began, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()];
  await using office = await startTestManager({
    async handler(_request, _reply, signal) {
      signal.addEventListener("abort", () => ended.resolve(signal.reason));
      began.resolve();
      await ended.promise;
      return 0;
    },
  });
  let leave = () => {};
  const leaver = {
    async connectUnverified(...args: Parameters<typeof systemPinnedTls.connectUnverified>) {
      const opened = await systemPinnedTls.connectUnverified(...args);
      leave = () => opened.connection.close();
      return opened;
    },
  };
  const asking = office.ask("secret", { pinnedTls: leaver });
  await began.promise;
  leave();
  strictEqual(String(await ended.promise), "Error: The client left");
  equal((await asking).answer, { kind: "cut off" });
});

Deno.test("askManager() says why nobody answers", async () => {
  await using office = await startTestManager({ handler: echo });
  using listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const { port } = listener.local;
  listener[Symbol.dispose]();
  const { answer } = await office.ask("secret", { port });
  strictEqual(answer.kind, "unreachable");
});
