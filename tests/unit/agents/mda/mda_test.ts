import {
  deepStrictEqual as equal,
  doesNotMatch,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { createMda } from "../../../../src/agents/mda/mod.ts";
import type { DeliveryJob, Outcome } from "../../../../src/domain/queue/mod.ts";
import type { Chunks } from "../../../../src/platform/mod.ts";
import type { QueueId } from "../../../../src/store/mod.ts";
import { diskFullError } from "../../../support/faulty_files.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";

/** Maildrops that remember each write, and fail when told to. */
class FakeMaildrops {
  readonly writes: string[][] = [];
  readonly owners: (number | undefined)[] = [];
  readonly there = new Set<string>();
  fails: (ids: readonly string[]) => Error | undefined = () => undefined;
  asked = 0;
  roomOctets = Infinity;

  async deliver(
    user: string,
    messages: readonly {
      readonly deliveryId: string;
      readonly sender: string;
      readonly body: Chunks;
    }[],
    ownerUid?: number,
  ): Promise<void> {
    this.owners.push(ownerUid);
    const error = this.fails(messages.map(({ deliveryId }) => deliveryId));
    if (error !== undefined) throw error;
    const written: string[] = [];
    for (const { deliveryId, sender, body } of messages) {
      let text = "";
      for await (const chunk of body) text += new TextDecoder().decode(chunk);
      written.push(`${user} ${deliveryId} <${sender}> ${text}`);
    }
    this.writes.push(written);
  }

  room(_user: string, octets: number): Promise<"ok" | "over quota"> {
    if (octets > this.roomOctets) return Promise.resolve("over quota");
    return Promise.resolve("ok");
  }

  wasDelivered(user: string, deliveryId: string): Promise<boolean> {
    this.asked++;
    return Promise.resolve(this.there.has(`${user} ${deliveryId}`));
  }
}

function job(id: string, { mayBeDone = false } = {}): DeliveryJob & { opened: number } {
  const made = {
    opened: 0,
    message: {
      id: id as QueueId,
      envelope: { sender: "ann@world", recipients: [{ address: "bob@here" }] },
      origin: { kind: "local", by: "test" } as const,
      submittedAtMs: 0,
      sizeOctets: 4,
      open() {
        made.opened++;
        return ReadableStream.from([new TextEncoder().encode(`body`)]);
      },
    },
    deliveryId: id,
    recipients: [{ address: "bob@here" }],
    destinations: [{ kind: "maildrop", user: "bob" }] as const,
    mayBeDone,
    requestFor: () => ({}),
  };
  return made;
}

function rig() {
  const maildrops = new FakeMaildrops();
  const ownerOf = (user: string) => Promise.resolve(user === "anna" ? 1000 : undefined);
  const mda = createMda({ maildrops, ownerOf, clock: new ManualClock(), log: silentLog });
  const settled: [string, Outcome["kind"], string][] = [];
  const deliver = (jobs: readonly DeliveryJob[], signal = new AbortController().signal) =>
    mda.deliver("bob", jobs, (job, _destination, outcome) => {
      settled.push([
        job.message.id,
        outcome.kind,
        outcome.kind === "delivered" ? "" : outcome.status,
      ]);
      return Promise.resolve();
    }, signal);
  return { maildrops, mda, settled, deliver };
}

Deno.test("laneOf() is the user, and of nothing else", () => {
  const { mda } = rig();
  strictEqual(mda.laneOf({ kind: "maildrop", user: "bob" }), "bob");
  throws(() => mda.laneOf({ kind: "relay", address: "bob@world" }), TypeError);
});

Deno.test("deliver() writes a batch with one call", async () => {
  const { maildrops, settled, deliver } = rig();
  await deliver([job("1"), job("2")]);
  equal(maildrops.writes, [["bob 1 <ann@world> body", "bob 2 <ann@world> body"]]);
  equal(settled, [["1", "delivered", ""], ["2", "delivered", ""]]);
});

Deno.test("deliver() asks only after what may be there, and does not write it again", async () => {
  const { maildrops, settled, deliver } = rig();
  maildrops.there.add("bob 1");
  await deliver([job("1", { mayBeDone: true }), job("2", { mayBeDone: true }), job("3")]);
  strictEqual(maildrops.asked, 2);
  equal(maildrops.writes.flat().map((line) => line.split(" ")[1]), ["2", "3"]);
  equal(settled.map(([id, kind]) => `${id} ${kind}`), [
    "1 delivered",
    "2 delivered",
    "3 delivered",
  ]);
});

Deno.test("deliver() leaves out what was held or deleted meanwhile", async () => {
  const { maildrops, settled, deliver } = rig();
  const deleted = { ...job("3"), withdrawn: false };
  maildrops.fails = (ids) => {
    deleted.withdrawn = true; // While the batch is tried.
    return ids.length > 1 ? new Error("I/O error") : undefined;
  };
  await deliver([{ ...job("1"), withdrawn: true }, job("2"), deleted, job("4")]);
  equal(maildrops.writes.flat().map((line) => line.split(" ")[1]), ["2", "4"]);
  equal(settled.map(([id]) => id), ["2", "4"]);
});

Deno.test("deliver() writes nothing when all is there already", async () => {
  const { maildrops, deliver } = rig();
  maildrops.there.add("bob 1");
  await deliver([job("1", { mayBeDone: true })]);
  equal(maildrops.writes, []);
});

Deno.test("deliver() tries one by one when a batch fails, so that one does not stop the others", async () => {
  const { maildrops, settled, deliver } = rig();
  maildrops.fails = (ids) => ids.includes("2") ? new Error("no such file") : undefined;
  await deliver([job("1"), job("2"), job("3")]);
  equal(maildrops.writes.length, 2);
  equal(settled, [["1", "delivered", ""], ["2", "temporary", "4.3.0"], ["3", "delivered", ""]]);
});

Deno.test("deliver() calls a full disk a full disk, and opens no message for it", async () => {
  const { maildrops, settled, deliver } = rig();
  maildrops.fails = () => diskFullError();
  const one = job("1");
  await deliver([one]);
  equal(settled, [["1", "temporary", "4.3.1"]]);
  strictEqual(one.opened, 0);
});

Deno.test("deliver() defers what finds no room, and delivers what does", async () => {
  const { maildrops, settled, deliver } = rig();
  maildrops.roomOctets = 4; // A message has four octets.
  await deliver([job("1"), job("2")]);
  equal(settled, [["1", "delivered", ""], ["2", "delivered", ""]]);
  maildrops.roomOctets = 3;
  const full = job("3");
  await deliver([full]);
  equal(settled.at(-1), ["3", "temporary", "4.2.2"]);
  strictEqual(full.opened, 0);
});

Deno.test("deliver() defers when nobody knows whether there is room", async () => {
  const { maildrops, settled, deliver } = rig();
  maildrops.room = () => Promise.reject(new Error("input/output error"));
  await deliver([job("1"), job("2")]);
  equal(settled, [["1", "temporary", "4.3.0"], ["2", "temporary", "4.3.0"]]);
  equal(maildrops.writes, []);
});

Deno.test("deliver() defers what it cannot ask after", async () => {
  const { maildrops, settled, deliver } = rig();
  maildrops.wasDelivered = () => Promise.reject(new Error("input/output error"));
  await deliver([job("1", { mayBeDone: true }), job("2")]);
  equal(settled, [["1", "temporary", "4.3.0"], ["2", "delivered", ""]]);
});

Deno.test("deliver() tells the sender nothing of paths", async () => {
  const { maildrops, mda } = rig();
  maildrops.fails = () => new Error("EIO: /var/spool/mail/bob");
  let reason = "";
  await mda.deliver("bob", [job("1")], (_job, _destination, outcome) => {
    if (outcome.kind !== "delivered") reason = outcome.reason;
    return Promise.resolve();
  }, new AbortController().signal);
  doesNotMatch(reason, /\/|EIO/);
});

Deno.test("deliver() stops between messages when it is aborted", async () => {
  const { maildrops, settled, deliver } = rig();
  const abort = new AbortController();
  maildrops.fails = () => {
    abort.abort(new Error("the end"));
    return new Error("disk");
  };
  await rejects(deliver([job("1"), job("2")], abort.signal), /the end/);
  equal(settled, []);
});

Deno.test("deliver() names the owner of a drop file, if the user has one", async () => {
  const { maildrops, mda } = rig();
  for (const user of ["anna", "bob"]) {
    await mda.deliver(user, [job("1")], () => Promise.resolve(), new AbortController().signal);
  }
  equal(maildrops.owners, [1000, undefined]);
});
