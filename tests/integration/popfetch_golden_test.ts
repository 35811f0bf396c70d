import { deepStrictEqual as assertEquals, match } from "node:assert/strict";
import { systemNet } from "../../src/platform/mod.ts";
import { serveTranscript } from "../support/client_transcript.ts";
import { ACCOUNT, FetchWorld } from "../support/fetch_world.ts";
import { ScriptedPop3 } from "../support/scripted_pop3.ts";

const golden = new URL("../golden/popfetch/", import.meta.url);
const cases = [
  { name: "pipelined", ok: true, want: /^collected 2 messages$/, delivered: 2 },
  { name: "sequential", ok: true, want: /^collected 2 messages$/, delivered: 2 },
  { name: "empty", ok: true, want: /^nothing new$/, delivered: 0 },
  { name: "refused", ok: false, want: /refused the password \(Wrong password\)$/, delivered: 0 },
  { name: "stls_refused", tls: "stls", ok: false, want: /refused STLS: unknown/, delivered: 0 },
  { name: "stls_injected", tls: "stls", ok: false, want: /TLS/, delivered: 0 },
  { name: "hung_up", ok: false, want: /ended the connection too early|was lost/, delivered: 0 },
] as const;

for (const { name, want, delivered, ...rest } of cases) {
  Deno.test(`popfetch keeps to the dialogue ${name}.pop3`, async () => {
    const server = serveTranscript(await Deno.readTextFile(new URL(`${name}.pop3`, golden)));
    const account = { ...ACCOUNT, host: "127.0.0.1", port: server.port };
    using world = new FetchWorld(new ScriptedPop3([]), {
      accounts: [{ ...account, tls: "tls" in rest ? rest.tls : "none" }],
    });
    world.realNet = systemNet;
    const report = await world.collect();
    await server.played;
    match(report.result, want);
    assertEquals([report.ok, world.queue.delivered.length], [rest.ok, delivered]);
    for (const { body } of world.queue.delivered) match(body, /\r\n\r\n(\.dot|Hello)\r\n$/);
  });
}
