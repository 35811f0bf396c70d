import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { diskFullError, faultyFiles } from "../../../support/faulty_files.ts";
import { HOUR_MS, NOTICES, QueueRig, submit } from "../../../support/queue_rig.ts";

const PERMANENT = { kind: "permanent", status: "5.1.1", reason: "No such user" } as const;
const TEMPORARY = { kind: "temporary", status: "4.2.0", reason: "busy" } as const;
const FETCHED = { kind: "fetched", account: "office@isp", uidl: "1" } as const;

/** What ann@here got. */
const noticesTo = (rig: QueueRig) =>
  rig.maildrop.deliveries.filter(({ to }) => to === "ann").map(({ text }) => text);

/** A rig whose line is up and whose relay answers so. */
function rigWith(answer: QueueRig["relay"]["answer"]): QueueRig {
  const rig = new QueueRig();
  rig.lineUp = true;
  rig.relay.answer = answer;
  return rig;
}

Deno.test("run() returns what fails for good: reason first, header of the original", async () => {
  const rig = rigWith(() => PERMANENT);
  await using running = await rig.start();
  const id = await submit(running.queue, ["bob@world"], { sender: "ann@here" });
  await rig.clock.advance(0);
  const [notice = "", ...more] = noticesTo(rig);
  equal(more, []);
  match(notice, /^Message-ID: <\w{16}@mx\.here>\r\nFrom: Mail Delivery System/);
  match(notice, /\r\nTo: <ann@here>\r\n/);
  match(notice, /\r\nSubject: Not delivered to bob@world: no such address\r\n/);
  match(
    notice,
    /\r\n {2}bob@world\r\n\r\nWhat happened: There is no such address .*No such user\r\n/s,
  );
  match(notice, /\r\nStatus: 5\.1\.1\r\n/);
  ok(notice.includes("\r\nSubject: hi\r\n") && !notice.includes("hello"));
  equal(await rig.stored(), []);
  const [line] = rig.log.of("Bounced");
  strictEqual(line?.id, id);
  match(String(line?.notice), /^\w{16}$/);
});

Deno.test("run() returns what the router rejects", async () => {
  const rig = new QueueRig();
  rig.router.to("bob@here", {
    kind: "reject",
    address: "bob@here",
    status: "5.1.1",
    reason: "Not known here",
  });
  await using running = await rig.start();
  await submit(running.queue, ["bob@here"], { sender: "ann@here" });
  await rig.clock.advance(0);
  match(noticesTo(rig)[0] ?? "", / {2}bob@here\r\n.* {2}Not known here\r\n/s);
});

Deno.test("run() tells the log, and no sender, why a recipient cannot be looked up", async () => {
  const rig = new QueueRig();
  rig.router.routes.set("bob@here", new Error("Input/output error /var/secret"));
  await using running = await rig.start();
  await submit(running.queue, ["bob@here"], { sender: "ann@here" });
  await rig.clock.advance(9 * HOUR_MS);
  match(
    noticesTo(rig)[0] ?? "",
    / {2}bob@here\r\n.*tried for 6 hours.* {2}The recipient cannot be looked up\r\n/s,
  );
  ok(noticesTo(rig).every((text) => !text.includes("secret")));
  ok(rig.log.entries.some(({ fields }) => String(fields.reason).includes("/var/secret")));
});

Deno.test("run() counts max_retrytime from when the clock was set", async (t) => {
  const now = Date.UTC(2026, 10, 20);
  const cases = [
    { was: "never set before", wallMs: 60_000 },
    { was: "years ahead", wallMs: Date.UTC(2040, 0) },
  ];
  for (const { was, wallMs } of cases) {
    await t.step(was, async () => {
      const rig = rigWith(() => TEMPORARY);
      rig.clock.setWall(wallMs);
      await using running = await rig.start();
      await submit(running.queue, ["bob@world"], { sender: "ann@here" });
      await rig.clock.advance(0);
      rig.clock.setWall(now);
      await rig.clock.advance(5 * HOUR_MS);
      equal(noticesTo(rig), []);
      await rig.clock.advance(4 * HOUR_MS);
      match(noticesTo(rig)[0] ?? "", /tried for 6 hours, .* {2}busy\r\n/s);
    });
  }
});

Deno.test("run() says in hours or minutes for how long it has tried", async (t) => {
  for (
    const [minutes, words] of [[90, "90 minutes"], [120, "2 hours"], [870, "15 hours"]] as const
  ) {
    await t.step(words, async () => {
      const rig = rigWith(() => TEMPORARY);
      const maxMs = minutes * HOUR_MS / 60;
      const retry = () => ({ everyMs: 2 * HOUR_MS, maxMs, delayNoticeMs: maxMs });
      const queue = await rig.open(rig.disk.files, { retry });
      await using _run = rig.run(queue);
      await submit(queue, ["bob@world"], { sender: "ann@here" });
      await rig.clock.advance(maxMs);
      match(noticesTo(rig)[0] ?? "", new RegExp(`tried for ${words},`));
    });
  }
});

Deno.test("run() gives up after max_retrytime and says what the trouble was", async () => {
  const rig = rigWith(() => TEMPORARY);
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"], { sender: "ann@here" });
  await rig.clock.advance(6 * HOUR_MS - 1);
  equal(noticesTo(rig), []);
  await rig.clock.advance(1);
  match(noticesTo(rig)[0] ?? "", /tried for 6 hours, .* {2}busy\r\n/s);
  match(noticesTo(rig)[0] ?? "", /\r\nStatus: 4\.4\.7\r\n/);
  equal(await rig.stored(), []);
});

Deno.test("run() counts the age from the first attempt, not from the wait for the line", async () => {
  const rig = rigWith(() => TEMPORARY);
  rig.lineUp = false;
  await using running = await rig.start();
  await submit(running.queue, ["bob@world"], { sender: "ann@here" });
  await rig.clock.advance(8 * HOUR_MS);
  rig.lineUp = true;
  await rig.clock.advance(5 * HOUR_MS);
  equal(noticesTo(rig), []);
  await rig.clock.advance(2 * HOUR_MS);
  strictEqual(noticesTo(rig).length, 1);
});

Deno.test("run() returns the whole message if the options and the sender want it", async (t) => {
  const cases = [
    { wholeMessage: true, maxOctets: 1000, whole: true },
    { wholeMessage: true, maxOctets: 10, whole: false },
    { wholeMessage: true, maxOctets: 1000, ret: "HDRS", whole: false },
    { wholeMessage: false, maxOctets: 1000, ret: "FULL", whole: true },
    { wholeMessage: false, maxOctets: 10, ret: "FULL", whole: false },
    { wholeMessage: false, maxOctets: 1000, whole: false },
  ] as const;
  for (const { whole, ...given } of cases) {
    await t.step(JSON.stringify(given), async () => {
      const rig = rigWith(() => PERMANENT);
      const { wholeMessage, maxOctets } = given;
      const queue = await rig.open(rig.disk.files, {
        notices: () => ({ ...NOTICES, wholeMessage, maxOctets }),
      });
      await using _run = rig.run(queue);
      await queue.submit({
        envelope: {
          sender: "ann@here",
          recipients: [{ address: "bob@world" }],
          ...("ret" in given ? { ret: given.ret } : {}),
        },
        origin: { kind: "local", by: "test" },
      }, [new TextEncoder().encode("Subject: hi\r\n\r\nhello\r\n")]);
      await rig.clock.advance(0);
      const [notice = ""] = noticesTo(rig);
      strictEqual(notice.includes("hello"), whole);
      ok(notice.includes(`Content-Type: ${whole ? "message/rfc822" : "text/rfc822-headers"}\r\n`));
    });
  }
});

Deno.test("run() hands fetched mail to the caretaker instead of its sender", async () => {
  const rig = new QueueRig();
  rig.maildrop.answer = () => PERMANENT;
  await using running = await rig.start();
  await submit(running.queue, ["bob@here"], { sender: "ann@here", origin: FETCHED });
  await rig.clock.advance(0);
  equal(rig.undeliverable, [{ to: "bob@here", reason: "No such user" }]);
  equal(noticesTo(rig), []);
  equal(await rig.stored(), []);
});

Deno.test("run() holds fetched mail that the caretaker does not take, over a restart too", async () => {
  const rig = new QueueRig();
  rig.maildrop.answer = () => PERMANENT;
  rig.caretaker = () => Promise.reject(new Error("no caretaker"));
  {
    await using running = await rig.start();
    await submit(running.queue, ["bob@here"], { sender: "", origin: FETCHED });
    await rig.clock.advance(0);
  }
  await using running = await rig.start();
  await rig.clock.advance(8 * HOUR_MS);
  const [entry] = await Array.fromAsync(running.queue.list());
  strictEqual(entry?.held, true);
  strictEqual(entry?.pending[0]?.lastReason, "No such user");
  strictEqual(rig.maildrop.deliveries.length, 1);
  rig.caretaker = () => Promise.resolve();
  await running.queue.change("release", { id: entry.id });
  await rig.clock.advance(0);
  strictEqual(rig.undeliverable.length, 1);
  equal(await rig.stored(), []);
});

Deno.test("run() keeps a message until the notice of its failure is stored", async () => {
  const rig = rigWith(() => PERMANENT);
  const disk = faultyFiles(rig.disk.files, { failAt: 0, error: diskFullError() });
  const queue = await rig.open(disk.files);
  await using _run = rig.run(queue);
  rig.relay.hold();
  await submit(queue, ["bob@world"], { sender: "ann@here" });
  disk.arm(1); // Now the message is stored: what is written next is the notice.
  rig.relay.letGo();
  await rig.clock.advance(0);
  equal(noticesTo(rig), []);
  strictEqual(rig.log.of("Cannot store a notice").length, 1);
  strictEqual((await Array.fromAsync(queue.list())).length, 1);
  await rig.clock.advance(5 * 60_000);
  strictEqual(noticesTo(rig).length, 1);
  equal(await rig.stored(), []);
});

Deno.test("run() returns of a header without end as many whole lines as fit", async () => {
  const rig = rigWith(() => PERMANENT);
  await using running = await rig.start();
  const line = `X-Long: ${"x".repeat(90)}\r\n`;
  const text = `Subject: hi\r\n${line.repeat(2000)}\r\nhello\r\n`;
  await running.queue.submit({
    envelope: { sender: "ann@here", recipients: [{ address: "bob@world" }] },
    origin: { kind: "local", by: "test" },
  }, [new TextEncoder().encode(text)]);
  await rig.clock.advance(0);
  const [notice = ""] = noticesTo(rig);
  ok(notice.length > 64 * 1024 - 200 && notice.length < 70 * 1024);
  match(notice, /X-Long: x{90}\r\n\r\n--=_dsn_\w+--\r\n$/);
});
