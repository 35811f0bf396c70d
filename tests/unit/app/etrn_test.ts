import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { answerEtrn } from "../../../src/app/etrn.ts";
import type { LinkState } from "../../../src/domain/link/mod.ts";
import type { FlushReport, Queue } from "../../../src/domain/queue/mod.ts";
import { settle } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";

/** A queue in which a message waits for each of `addresses`, and that remembers its flushes. */
function queueWith(addresses: readonly string[], suspended = false) {
  const flushed: (string | undefined)[] = [];
  const queue = {
    suspended,
    waitingFor: (wanted: string, { below }: { below: boolean }) =>
      addresses.map((address) => address.toLowerCase()).filter((address) =>
        address.endsWith(`@${wanted}`) || (below && address.endsWith(`.${wanted}`))
      ).length,
    flush({ domain }: { domain?: string }) {
      flushed.push(domain);
      return Promise.resolve({ delivered: 1, deferred: 0, failed: 0, problems: [] });
    },
  } as unknown as Queue;
  return { queue, flushed };
}

function ask(
  domain: string,
  {
    waiting = [] as readonly string[],
    permanent = true,
    state = "up" as LinkState,
    suspended = false,
  } = {},
) {
  const { queue, flushed } = queueWith(waiting, suspended);
  return answerEtrn(domain, {
    queue,
    router: { isLocal: (address) => address.endsWith("@hub.example") },
    link: { permanent, state },
    underWay: new Set(),
    log: silentLog,
    signal: new AbortController().signal,
  }).then(({ code }) => ({ code, flushed }));
}

Deno.test("answerEtrn() answers with the codes of RFC 1985", async (t) => {
  const waiting = [
    "a@branch.example",
    "b@Branch.Example",
    "c@sub.branch.example",
    "d@else.example",
  ];
  const cases = [
    {
      domain: "branch.example",
      options: { waiting },
      want: { code: 253, flushed: ["branch.example"] },
    },
    {
      domain: "@branch.example",
      options: { waiting },
      want: { code: 253, flushed: ["branch.example"] },
    },
    { domain: "ch.example", options: { waiting }, want: { code: 251, flushed: [] } },
    { domain: "branch.example", options: {}, want: { code: 251, flushed: [] } },
    {
      domain: "branch.example",
      options: { waiting, suspended: true },
      want: { code: 458, flushed: [] },
    },
    { domain: "hub.example", options: { waiting }, want: { code: 459, flushed: [] } },
    {
      domain: "branch.example",
      options: { waiting, permanent: false, state: "down" as const },
      want: { code: 458, flushed: [] },
    },
    {
      domain: "branch.example",
      options: { waiting, permanent: false, state: "up" as const },
      want: { code: 253, flushed: ["branch.example"] },
    },
  ];
  for (const { domain, options, want } of cases) {
    await t.step(`${domain} ${JSON.stringify(options)}`, async () => {
      assertEquals(await ask(domain, options), want);
    });
  }
});

Deno.test("answerEtrn() asks for what is below a domain only if told to", async () => {
  const waiting = ["c@sub.branch.example"];
  assertEquals((await ask("branch.example", { waiting })).code, 251);
  assertEquals((await ask("@branch.example", { waiting })).code, 253);
});

Deno.test("answerEtrn() starts no second flush while one is under way", async () => {
  const ended = Promise.withResolvers<FlushReport>();
  let flushes = 0;
  const { queue } = queueWith(["a@branch.example"]);
  const deps = {
    queue: { ...queue, flush: () => (flushes++, ended.promise) },
    router: { isLocal: () => false },
    link: { permanent: true, state: "up" as const },
    underWay: new Set<string>(),
    log: silentLog,
    signal: new AbortController().signal,
  };
  for (const domain of ["branch.example", "branch.example", "@branch.example"]) {
    strictEqual((await answerEtrn(domain, deps)).code, 253);
  }
  strictEqual(flushes, 1);
  ended.resolve({ delivered: 0, deferred: 1, failed: 0, problems: [] });
  await settle();
  await answerEtrn("branch.example", deps);
  strictEqual(flushes, 2);
});
