import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { perConfig } from "../../../src/app/per_config.ts";
import { routingTables } from "../../../src/app/routing_tables.ts";
import { createRouter } from "../../../src/domain/routing/mod.ts";
import { configOf } from "../../support/config_text.ts";
import { fakeAccounts } from "../../support/smtpd.ts";

Deno.test("isOwnAddress() knows the addresses we listen at, and all of the machine if at all", async (t) => {
  const machine = { addresses: () => ["127.0.0.1", "10.0.0.1", "::1", "fd00::1"] };
  const cases = [
    { bind: "0.0.0.0", own: ["10.0.0.1", "127.0.0.1"], foreign: ["10.0.0.2", "fd00::1", "x"] },
    { bind: "0.0.0.0", own: ["127.9.9.9", "0.0.0.0"], foreign: ["::1", "128.0.0.1"] },
    { bind: "::", own: ["::", "127.0.0.2"], foreign: ["::2"] },
    { bind: "127.0.0.1", own: ["127.0.0.1"], foreign: ["127.0.0.2", "0.0.0.0"] },
    { bind: "::", own: ["10.0.0.1", "fd00:0::1", "FD00::1"], foreign: ["10.0.0.2", "fd00::2"] },
    { bind: "10.0.0.7", own: ["10.0.0.7"], foreign: ["10.0.0.1", "10.0.0.70"] },
    { bind: "10.0.0.7,fd00::7", own: ["10.0.0.7", "fd00::7"], foreign: ["10.0.0.1", "::1"] },
  ];
  for (const { bind, own, foreign } of cases) {
    await t.step(bind, () => {
      const { isOwnAddress } = routingTables(configOf(`bind_ip ${bind}`), machine);
      deepStrictEqual(own.filter((ip) => !isOwnAddress(ip)), []);
      deepStrictEqual(foreign.filter(isOwnAddress), []);
    });
  }
});

Deno.test("routingTables() tell what mail for the world waits for", async () => {
  const config = configOf(
    "suspend_domain a.test",
    "suspend_domain b.test",
    "atrn_domain b.test bob",
  );
  const tables = routingTables(config, { addresses: () => [] });
  const router = createRouter({ tables: () => tables, accounts: fakeAccounts([]) });
  const ways: string[] = [];
  for (const domain of ["a.test", "b.test", "c.test"]) {
    const resolution = await router.resolve(`eve@${domain}`);
    const steps = resolution.kind === "resolved" ? resolution.steps : [];
    ways.push(...steps.flatMap((step) => step.kind === "rule" ? step.text : []));
  }
  deepStrictEqual(ways, [
    "is not local: waits until ETRN asks for it, and goes to the gateway smtp.provider.example:25",
    "is not local: waits until somebody asks for it by ATRN",
    "is not local: goes to the gateway smtp.provider.example:25",
  ]);
});

Deno.test("perConfig() makes a thing once a configuration", () => {
  const [first, second] = [configOf(), configOf()];
  let now = first;
  let made = 0;
  const get = perConfig(() => now, (config) => ({ config, number: ++made }));
  strictEqual(get(), get());
  deepStrictEqual([get().config === first, get().number], [true, 1]);
  now = second;
  deepStrictEqual([get().config === second, get().number], [true, 2]);
});
