import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { perConfig } from "../../../src/app/per_config.ts";
import { routingTables } from "../../../src/app/routing_tables.ts";
import { configOf } from "../../support/config_text.ts";

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
