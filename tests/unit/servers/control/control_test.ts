import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import {
  askControl,
  type ControlHandler,
  startControl,
} from "../../../../src/servers/control/mod.ts";
import { systemLocalSockets } from "../../../../src/platform/mod.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { tempDir } from "../../../support/temp_dir.ts";

async function setup(handler: ControlHandler) {
  const dir = await tempDir();
  const path = `${dir.path}/control.sock`;
  const server = await startControl({ path }, {
    sockets: systemLocalSockets,
    handler,
    log: silentLog,
  });
  return {
    path,
    server,
    async ask(command: string, ...args: string[]) {
      const [texts, events] = [[] as string[], [] as unknown[]];
      const answer = await askControl({ path, request: { command, args } }, systemLocalSockets, {
        text: (text) => texts.push(text),
        event: (event) => events.push(event),
      });
      return { answer, texts, events };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

Deno.test("askControl() hands on texts, events and the exit code", async () => {
  await using control = await setup(async ({ command, args }, reply) => {
    await reply.text(`${command} ${args.join("|")}`);
    await reply.event({ n: 1 });
    return 3;
  });
  assertEquals(await control.ask("status", "a b", "ü\n"), {
    answer: { kind: "answered", code: 3 },
    texts: ["status a b|ü\n"],
    events: [{ n: 1 }],
  });
});

Deno.test("askControl() says that nobody listens", async () => {
  await using dir = await tempDir();
  const answer = await askControl(
    { path: `${dir.path}/control.sock`, request: { command: "status", args: [] } },
    systemLocalSockets,
    { text() {} },
  );
  assertEquals(answer, { kind: "not running" });
});

Deno.test("askControl() hands on why a command failed", async () => {
  await using control = await setup(() => Promise.reject(new Error("The line is busy")));
  assertEquals(await control.ask("status"), {
    answer: { kind: "answered", code: 1 },
    texts: ["The line is busy"],
    events: [],
  });
});

Deno.test("startControl() replaces a socket that a crash left behind", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/control.sock`;
  Deno.listen({ transport: "unix", path }).close();
  await using server = await startControl({ path }, {
    sockets: systemLocalSockets,
    handler: () => Promise.resolve(0),
    log: silentLog,
  });
  assertEquals(server !== undefined, true);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("startControl() answers nothing to what is not a request, and lives on", async (t) => {
  await using control = await setup(() => Promise.resolve(0));
  for (
    const garbage of ["", "\n", "{}\n", '{"command":1,"args":[]}\n', "[".repeat(70_000) + "\n"]
  ) {
    await t.step(JSON.stringify(garbage.slice(0, 30)), async () => {
      using conn = await Deno.connect({ transport: "unix", path: control.path });
      await conn.write(new TextEncoder().encode(garbage)).catch(() => {});
      await conn.closeWrite().catch(() => {});
      assertEquals(await conn.read(new Uint8Array(1)).catch(() => null), null);
    });
  }
  assertEquals((await control.ask("status")).answer, { kind: "answered", code: 0 });
});

Deno.test("a handler is told when its client goes away", async () => {
  const [began, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()];
  await using control = await setup(async (_request, _reply, signal) => {
    signal.addEventListener("abort", () => ended.resolve(signal.reason));
    began.resolve();
    await ended.promise;
    return 0;
  });
  const conn = await Deno.connect({ transport: "unix", path: control.path });
  await conn.write(new TextEncoder().encode('{"command":"popfetch","args":[]}\n'));
  await began.promise;
  conn.close();
  assertEquals(String(await ended.promise), "Error: The client left");
});

Deno.test("disposing ends a session that is in the middle of an answer", async () => {
  const began = Promise.withResolvers<void>();
  const control = await setup(async (_request, _reply, signal) => {
    const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve));
    began.resolve();
    await stopped;
    return 0;
  });
  const asking = control.ask("popfetch");
  await began.promise;
  await control[Symbol.asyncDispose]();
  assertEquals((await asking).answer, { kind: "cut off" });
});

Deno.test("a socket path that is too long is refused with what to do", async () => {
  await rejects(() => systemLocalSockets.listen("/tmp/" + "x".repeat(120)), /choose a shorter/);
});

Deno.test("startControl() says so to the 33rd at a time", async () => {
  let begun = 0;
  const all = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  await using control = await setup(async () => {
    if (++begun === 32) all.resolve();
    await end.promise;
    return 0;
  });
  const asking = Array.from({ length: 32 }, () => control.ask("wait"));
  await all.promise;
  assertEquals(await control.ask("status"), {
    answer: { kind: "answered", code: 1 },
    texts: ["32 commands are being carried out already; end some of them"],
    events: [],
  });
  end.resolve();
  await Promise.all(asking);
});
