import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { FetchWorld, messageTo } from "../support/fetch_world.ts";
import { type Pop3Quirks, ScriptedPop3 } from "../support/scripted_pop3.ts";
import { tempDir } from "../support/temp_dir.ts";

const bodies = [
  "Hello\r\n",
  ".\r\n..\r\n...and more dots\r\n.",
  "",
  "One\r\n\r\nTwo\r\n".repeat(8),
  "Last\r\n",
];
const messages = bodies.map((body, at) => ({
  uid: `uid-${at}`,
  text: messageTo("bob@office.example", at, body).replace(/([^\n])$/, "$1\r\n"),
}));
const wanted = messages.map(({ text }) => text).sort();

const servers: Record<string, Pop3Quirks> = {
  "with PIPELINING": { pipelining: true },
  "one command at a time": {},
  "without UIDL": { uidl: false },
  "without UIDL and TOP": { uidl: false, top: false },
};

for (const [name, quirks] of Object.entries(servers)) {
  Deno.test(`mail comes once and whole, whatever octet the line drops at: server ${name}`, async () => {
    const whole = new FetchWorld(new ScriptedPop3(messages, quirks));
    await whole.collect();
    whole[Symbol.dispose]();
    assertEquals(whole.queue.delivered.map(({ body }) => body).sort(), wanted);
    ok(whole.net.octets > 1000);

    for (let cutAfter = 0; cutAfter <= whole.net.octets; cutAfter++) {
      using world = new FetchWorld(new ScriptedPop3(messages, quirks));
      world.net.cutAfter = cutAfter;
      await world.collect();
      await world.net.ended();
      world.dial();
      const report = await world.collect();
      const where = `cut after ${cutAfter} octets`;
      assertEquals(world.queue.delivered.map(({ body }) => body).sort(), wanted, where);
      assertEquals([report.ok, world.server.messages], [true, []], where);
    }
  });
}

Deno.test("mail comes once when the line drops again and again", async () => {
  for (let step = 40; step < 400; step += 7) {
    using world = new FetchWorld(new ScriptedPop3(messages, { pipelining: true }));
    for (let call = 1; call <= 100 && world.server.messages.length > 0; call++) {
      world.dial();
      world.net.cutAfter = step * call;
      await world.collect();
      await world.net.ended();
    }
    assertEquals(world.queue.delivered.map(({ body }) => body).sort(), wanted, `step ${step}`);
  }
});

Deno.test("the caretaker's copy comes once too, whatever octet the line drops at", async () => {
  await using dir = await tempDir();
  const text = messageTo("bob@office.example, nobody@office.example", 1);
  const options = { workPath: dir.path };
  const whole = new FetchWorld(new ScriptedPop3([{ uid: "a", text }]), options);
  await whole.collect();
  whole[Symbol.dispose]();

  for (let cutAfter = 0; cutAfter <= whole.net.octets; cutAfter++) {
    using world = new FetchWorld(new ScriptedPop3([{ uid: "a", text }]), options);
    world.net.cutAfter = cutAfter;
    await world.collect();
    await world.net.ended();
    world.dial();
    await world.collect();
    assertEquals(
      world.queue.delivered.map(({ to }) => to),
      [["caretaker@office.example"], ["bob@office.example"]],
      `cut after ${cutAfter} octets`,
    );
  }
  assertEquals((await Array.fromAsync(Deno.readDir(dir.path))).length, 0);
});
