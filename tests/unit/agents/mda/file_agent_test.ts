import { deepStrictEqual as equal, strictEqual, throws } from "node:assert/strict";
import { createFileAgent } from "../../../../src/agents/mda/mod.ts";
import { type Delivery, NotAMailFileError } from "../../../../src/store/mod.ts";
import { collected } from "../../../support/chunks.ts";
import { diskFullError } from "../../../support/faulty_files.ts";
import { localJob, settledBy } from "../../../support/local_jobs.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";

/** Files that remember what was written, and fail when told to. */
class FakeMailFiles {
  readonly writes: string[][] = [];
  readonly there = new Set<string>();
  fails: (ids: readonly string[]) => Error | undefined = () => undefined;

  async append(path: string, messages: readonly Delivery[]): Promise<void> {
    const error = this.fails(messages.map(({ deliveryId }) => deliveryId));
    if (error !== undefined) throw error;
    const texts = messages.map(async ({ deliveryId, sender, body }) =>
      `${path} ${deliveryId} <${sender}> ${await collected(body)}`
    );
    this.writes.push(await Promise.all(texts));
  }

  wasAppended(path: string, deliveryId: string): Promise<boolean> {
    return Promise.resolve(this.there.has(`${path} ${deliveryId}`));
  }
}

function rig(os: "unix" | "windows" = "unix") {
  const mailFiles = new FakeMailFiles();
  const delivered: string[] = [];
  const maildrops = {
    userAt: (path: string) => path === "/drop/bob" ? "bob" : undefined,
    deliver(user: string, messages: readonly Delivery[], ownerUid?: number) {
      delivered.push(`${user} ${messages.map(({ deliveryId }) => deliveryId)} ${ownerUid}`);
      return Promise.resolve();
    },
    wasDelivered: () => Promise.resolve(false),
    room: () => Promise.resolve("ok" as const),
  };
  const agent = createFileAgent({
    ...{ mailFiles, maildrops, ownerOf: () => Promise.resolve(7) },
    ...{ machine: { os }, clock: new ManualClock(), log: silentLog },
  });
  const job = (id: string, { path = "/archive", mayBeDone = false } = {}) =>
    localJob(id, { kind: "file", path }, { mayBeDone, text: "hi" });
  return { mailFiles, delivered, agent, job };
}

Deno.test("laneOf() is the path, and of nothing else", () => {
  const { agent } = rig();
  strictEqual(agent.laneOf({ kind: "file", path: "/archive" }), "/archive");
  throws(() => agent.laneOf({ kind: "maildrop", user: "bob" }), TypeError);
});

Deno.test("deliver() writes what came together with one call", async () => {
  const { agent, mailFiles, job } = rig();
  equal(await settledBy(agent, [job("1"), job("2")]), ["1 delivered", "2 delivered"]);
  equal(mailFiles.writes, [["/archive 1 <ann@world> hi", "/archive 2 <ann@world> hi"]]);
});

Deno.test("deliver() leaves a user's drop file to what keeps it", async () => {
  const { agent, mailFiles, delivered, job } = rig();
  const path = "/drop/bob";
  equal(await settledBy(agent, [job("1", { path }), job("2", { path })]), [
    "1 delivered",
    "2 delivered",
  ]);
  equal(delivered, ["bob 1,2 7"]);
  equal(mailFiles.writes, []);
});

Deno.test("deliver() does not write again what got through before a crash", async () => {
  const { agent, mailFiles, job } = rig();
  mailFiles.there.add("/archive 1");
  const jobs = [job("1", { mayBeDone: true }), job("2", { mayBeDone: true })];
  equal(await settledBy(agent, jobs), ["1 delivered", "2 delivered"]);
  equal(mailFiles.writes.flat(), ["/archive 2 <ann@world> hi"]);
});

Deno.test("deliver() waits for what may be mended, and returns what is wrong", async (t) => {
  const disk = "temporary 4.3.1 The mail server's disk is full";
  const busy = "temporary 4.3.0 The mailbox cannot be written just now";
  const wrong = "permanent 5.3.5 The mail server cannot keep mail for this address";
  const cases = [
    { name: "full disk", error: diskFullError(), want: disk },
    { name: "no directory", error: new Deno.errors.NotFound("/archive"), want: busy },
    { name: "no plain file", error: new NotAMailFileError("/archive: a link"), want: wrong },
  ];
  for (const { name, error, want } of cases) {
    await t.step(name, async () => {
      const { agent, mailFiles, job } = rig();
      mailFiles.fails = () => error;
      equal(await settledBy(agent, [job("1"), job("2")]), [`1 ${want}`, `2 ${want}`]);
    });
  }
});

Deno.test("deliver() writes only to what is a whole path on this system", async (t) => {
  const cases = [
    { os: "unix", path: "/archive", writes: 1 },
    { os: "unix", path: "c:\\archive", writes: 0 },
    { os: "unix", path: "archive/all", writes: 0 },
    { os: "windows", path: "c:\\archive", writes: 1 },
    { os: "windows", path: "archive\\all", writes: 0 },
  ] as const;
  for (const { os, path, writes } of cases) {
    await t.step(`${path} on ${os}`, async () => {
      const { agent, mailFiles, job } = rig(os);
      const [settled] = await settledBy(agent, [job("1", { path })]);
      strictEqual(mailFiles.writes.length, writes);
      strictEqual(settled?.split(" ")[1], writes === 1 ? "delivered" : "permanent");
    });
  }
});
