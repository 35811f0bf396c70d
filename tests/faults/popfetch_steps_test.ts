import {
  deepStrictEqual as assertEquals,
  match,
  notStrictEqual,
  ok,
  strictEqual,
} from "node:assert/strict";
import { repairJournal } from "../../src/agents/popfetch/mod.ts";
import { diskFiles } from "../../src/platform/mod.ts";
import { FetchWorld, messageTo } from "../support/fetch_world.ts";
import { diskFullError, faultyFiles } from "../support/faulty_files.ts";
import { ScriptedPop3 } from "../support/scripted_pop3.ts";
import { tempDir } from "../support/temp_dir.ts";

const three = [1, 2, 3].map((number) => ({
  uid: `uid-${number}`,
  text: messageTo("bob@office.example", number),
}));
const wanted = three.map(({ text }) => text);
const bodies = (world: FetchWorld) => world.queue.delivered.map(({ body }) => body);

for (const pipelining of [false, true]) {
  for (const failAt of [1, 2, 3]) {
    Deno.test(`collect() loses and repeats nothing when submission ${failAt} finds the disk full${pipelining ? ", pipelined" : ""}`, async () => {
      using world = new FetchWorld(new ScriptedPop3(three, { pipelining }));
      let submissions = 0;
      world.queue.fault = () => ++submissions === failAt ? "before commit" : "none";
      const report = await world.collect();
      assertEquals([report.ok, world.server.messages.length], [false, 3]);
      match(report.result, /^the disk is full; what was not stored is still at the provider/);
      await world.collect();
      assertEquals([bodies(world), world.server.messages], [wanted, []]);
    });

    Deno.test(`collect() repeats nothing after a crash behind commit ${failAt}${pipelining ? ", pipelined" : ""}`, async () => {
      using world = new FetchWorld(new ScriptedPop3(three, { pipelining }));
      let submissions = 0;
      world.queue.fault = () => ++submissions === failAt ? "crash after commit" : "none";
      await world.collect();
      const spool = world.queue.delivered.map(({ id, submission }) => ({
        id,
        origin: submission.origin,
        submittedAtMs: 0,
      }));
      strictEqual(await repairJournal(world.journal, spool), 1);
      await world.collect();
      assertEquals([bodies(world), world.server.messages], [wanted, []]);
    });

    Deno.test(`collect() loses and repeats nothing when journal entry ${failAt} cannot be written${pipelining ? ", pipelined" : ""}`, async () => {
      using world = new FetchWorld(new ScriptedPop3(three, { pipelining }));
      const real = world.journal;
      let entries = 0;
      world.journal = {
        ...real,
        set(...args) {
          if (++entries === failAt) throw new Error("database or disk is full");
          real.set(...args);
        },
      };
      const report = await world.collect();
      assertEquals([report.ok, world.server.messages.length], [false, 3]);
      world.journal = real;
      await world.collect();
      assertEquals([bodies(world), world.server.messages], [wanted, []]);
    });
  }
}

Deno.test("collect() repeats nothing when the journal cannot forget after QUIT", async () => {
  using world = new FetchWorld(new ScriptedPop3(three));
  const real = world.journal;
  world.journal = {
    ...real,
    keepOnly() {
      throw new Error("database or disk is full");
    },
  };
  await world.collect();
  world.journal = real;
  await world.collect();
  assertEquals([bodies(world), world.server.messages], [wanted, []]);
});

Deno.test("a message that cannot be stored does not keep the others from coming", async () => {
  using world = new FetchWorld(new ScriptedPop3(three));
  world.queue.fault = ({ origin }) =>
    origin.kind === "fetched" && origin.uidl === "uid-1" ? "before commit" : "none";
  world.queue.error = new Error("Cannot take it");
  const popfetch = world.start();
  for (let call = 1; call <= 3; call++) await world.collect(popfetch);
  assertEquals(bodies(world), wanted.slice(1));
  match((await world.collect(popfetch)).result, /^cannot store mail: Cannot take it$/);
});

Deno.test("the caretaker's copy and the message come once each whatever disk call fails", async () => {
  const text = messageTo("bob@office.example, nobody@office.example", 1);
  for (let failAt = 0, calls = 0; failAt <= calls; failAt++) {
    await using dir = await tempDir();
    using world = new FetchWorld(new ScriptedPop3([{ uid: "a", text }]), { workPath: dir.path });
    const faulty = faultyFiles(diskFiles(), { failAt, error: diskFullError() });
    world.files = faulty.files;
    await world.collect();
    if (failAt === 0) calls = faulty.calls; // The first run, without a fault, tells how many.
    ok(calls >= 5);
    world.files = diskFiles();
    await world.collect();
    assertEquals(
      world.queue.delivered.map(({ to }) => to).sort(),
      [["bob@office.example"], ["caretaker@office.example"]],
      `disk call ${failAt}`,
    );
  }
});

Deno.test("a dud is kept once whatever disk call fails", async () => {
  for (let failAt = 0, calls = 0; failAt <= calls; failAt++) {
    await using dir = await tempDir();
    const text = messageTo("alice@world.example", 1);
    using world = new FetchWorld(new ScriptedPop3([{ uid: "a", text }]), {
      workPath: dir.path,
      defaultAddress: "",
    });
    const faulty = faultyFiles(diskFiles(), { failAt, error: diskFullError() });
    world.files = faulty.files;
    const report = await world.collect();
    if (failAt === 0) calls = faulty.calls;
    notStrictEqual(calls, 0);
    const ok = failAt === 0 || failAt === calls; // The last call only removes msg.dat.
    strictEqual(world.server.messages.length, ok ? 0 : 1);
    strictEqual(report.ok, ok);
    world.files = diskFiles();
    await world.collect();
    const duds = await Deno.readTextFile(`${dir.path}/duds.dat`);
    strictEqual(duds.match(/^From /gm)?.length, 1, `disk call ${failAt}`);
  }
});
