import { deepStrictEqual as equal } from "node:assert/strict";
import { createRelay, type RelayOptions } from "../../../src/agents/relay/mod.ts";
import type { DeliveryJob, Outcome } from "../../../src/domain/queue/mod.ts";
import { systemClock, systemNet } from "../../../src/platform/mod.ts";
import { deliverAsQueue } from "../../support/as_queue.ts";
import { relayJob } from "../../support/relay_jobs.ts";
import { relayOptions, relayParts } from "../../support/relay_parts.ts";
import { serveScript } from "../../support/scripted_server.ts";
import { silentLog } from "../../support/silent_log.ts";

/** `M <sender> <recipient>...` lines as jobs. */
function jobsOf(script: string): readonly DeliveryJob[] {
  return [...script.matchAll(/^M (\S*) (.+)$/gm)].map(([, sender = "", recipients = ""]) =>
    relayJob({ sender, recipients: recipients.split(" ").map((address) => ({ address })) })
  );
}

/** `L <user> <password>` lines: gateway_auth. `T <how>` lines: gateway_tls. */
function protectionOf(script: string): Pick<RelayOptions, "logins" | "tls"> {
  const lines = (
    kind: string,
  ) => [...script.matchAll(new RegExp(`^${kind} (\\S+)(?: (\\S+))?$`, "gm"))];
  return {
    logins: lines("L").map(([, user = "", password = ""]) => ({ domain: "*", user, password })),
    tls: lines("T").map(([, how]) => ({ domain: "*", tls: how as "none" | "may" | "must" })),
  };
}

/** `= <recipient> <outcome>` lines. */
function outcomesOf(script: string): readonly string[] {
  return [...script.matchAll(/^= (.+)$/gm)].map(([, outcome = ""]) => outcome);
}

function inWords(address: string, outcome: Outcome): string {
  return outcome.kind === "delivered"
    ? `${address} delivered ${outcome.detail}`
    : `${address} ${outcome.kind} ${outcome.status} ${outcome.reason}`;
}

const scripts = [...Deno.readDirSync(new URL(".", import.meta.url))]
  .map(({ name }) => name).filter((name) => name.endsWith(".smtp")).sort();

for (const name of scripts) {
  Deno.test(`deliver() speaks as recorded in ${name}`, async () => {
    const script = await Deno.readTextFile(new URL(name, import.meta.url));
    await using server = serveScript(script);
    const gateways = [{ domain: "*", host: "127.0.0.1", port: server.port }];
    const relay = createRelay({
      ...relayParts(),
      options: () => relayOptions({ gateways, ...protectionOf(script) }),
      net: systemNet,
      clock: systemClock,
      log: silentLog,
    });
    const outcomes: string[] = [];
    await deliverAsQueue(
      relay,
      `127.0.0.1:${server.port}`,
      jobsOf(script),
      (_job, destination, outcome) => {
        if (destination.kind === "relay") outcomes.push(inWords(destination.address, outcome));
        return Promise.resolve();
      },
      new AbortController().signal,
    );
    equal(await server.problems(), []);
    equal(outcomes, outcomesOf(script));
  });
}
