import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import type { FetchAccount } from "../../src/agents/popfetch/mod.ts";
import { systemNet } from "../../src/platform/mod.ts";
import { makeCertificate } from "../support/certificate.ts";
import { type Dovecot, startDovecot } from "../support/dovecot.ts";
import { ACCOUNT, FetchWorld, messageTo } from "../support/fetch_world.ts";
import { installed } from "../support/peers.ts";
import { ScriptedPop3 } from "../support/scripted_pop3.ts";
import { tempDir } from "../support/temp_dir.ts";

const ignore = !installed("dovecot");
const users = { office: "secret" };

function worldOf(dovecot: Dovecot, account: Partial<FetchAccount> = {}): FetchWorld {
  const world = new FetchWorld(new ScriptedPop3([]), {
    accounts: [{ ...ACCOUNT, host: "127.0.0.1", port: dovecot.port, ...account }],
  });
  world.realNet = systemNet;
  return world;
}

const bodies = (world: FetchWorld) => world.queue.delivered.map(({ body }) => body);

Deno.test("popfetch collects from Dovecot and leaves the mailbox empty", { ignore }, async () => {
  await using dovecot = await startDovecot({ users });
  const texts = [
    messageTo("bob@office.example", 1, ".\r\n..\r\nFrom here\r\n"),
    messageTo("anna@office.example", 2, "x".repeat(70_000) + "\r\n"),
    messageTo("bob@office.example", 3, "Grüße\r\n".repeat(3000)),
  ];
  for (const text of texts) await dovecot.deliver("office", text.replaceAll("\r\n", "\n"));
  using world = worldOf(dovecot);
  const report = await world.collect();
  assertEquals([report.result, report.ok], ["collected 3 messages", true]);
  // Dovecot gives a message as it is, so what the queue got is octet for octet what was put there.
  const latin1 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
  assertEquals(bodies(world), texts.map(latin1));
  assertEquals(await dovecot.messages("office"), []);
  strictEqual((await world.collect()).result, "nothing new");
});

Deno.test("popfetch leaves messages on Dovecot for keep= days", { ignore }, async () => {
  await using dovecot = await startDovecot({ users });
  await dovecot.deliver("office", messageTo("bob@office.example", 1));
  using world = worldOf(dovecot, { keepDays: 1 });
  strictEqual((await world.collect()).result, "collected 1 message");
  strictEqual((await world.collect()).result, "nothing new");
  strictEqual((await dovecot.messages("office")).length, 1);
  await world.clock.advance(24 * 3_600_000);
  await world.collect();
  assertEquals([await dovecot.messages("office"), world.queue.delivered.length], [[], 1]);
});

Deno.test("popfetch reports the wrong password that Dovecot refuses", { ignore }, async () => {
  await using dovecot = await startDovecot({ users, extra: "auth_failure_delay = 0" });
  using world = worldOf(dovecot, { password: "wrong" });
  match((await world.collect()).result, /refused the password \(.*failed.*\)$/i);
});

Deno.test(
  "popfetch collects from Dovecot over TLS, and only from one it can trust",
  { ignore: ignore || !installed("openssl") },
  async (t) => {
    await using dir = await tempDir();
    const certificate = await makeCertificate(dir.path);
    await using dovecot = await startDovecot({ users, tls: certificate });
    const ways: Partial<FetchAccount>[] = [
      { tls: "pop3s", port: dovecot.tlsPort },
      { tls: "stls", port: dovecot.port },
    ];
    for (const [at, way] of ways.entries()) {
      await t.step(`${way.tls}, trusted`, async () => {
        await dovecot.deliver("office", messageTo("bob@office.example", at));
        using world = worldOf(dovecot, { ...way, host: "localhost" });
        world.caCerts = [certificate.caCert];
        const report = await world.collect();
        assertEquals([report.result, world.queue.delivered.length], ["collected 1 message", 1]);
      });
      await t.step(`${way.tls}, not trusted`, async () => {
        using world = worldOf(dovecot, { ...way, host: "localhost" });
        match((await world.collect()).result, /^The certificate of localhost:\d+ is not trusted/);
      });
    }
    await t.step("pop3s to a port that speaks plainly", async () => {
      using world = worldOf(dovecot, { tls: "pop3s", host: "localhost" });
      match((await world.collect()).result, /does not speak TLS as asked/);
    });
  },
);
