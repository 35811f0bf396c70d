import {
  deepStrictEqual as equal,
  match,
  ok,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { createRelay } from "../../../../src/agents/relay/mod.ts";
import type { DeliveryJob, Outcome } from "../../../../src/domain/queue/mod.ts";
import type { Recipient } from "../../../../src/formats/envelope.ts";
import type { Net } from "../../../../src/platform/mod.ts";
import { deliverAsQueue } from "../../../support/as_queue.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { ModelSmtpServer } from "../../../support/model_smtp_server.ts";
import { relayJob } from "../../../support/relay_jobs.ts";
import { relayOptions, relayParts } from "../../../support/relay_parts.ts";
import { silentLog } from "../../../support/silent_log.ts";

const GATEWAYS = [{ domain: "*", host: "mx.world", port: 25 }];
const MINUTE_MS = 60_000;

function rig(net: Net, gateways = GATEWAYS) {
  const clock = new ManualClock();
  const options = () => relayOptions({ gateways });
  const relay = createRelay({ ...relayParts(), options, net, clock, log: silentLog });
  const outcomes: Outcome[] = [];
  const deliver = (jobs: readonly DeliveryJob[], signal = new AbortController().signal) => {
    const destination = jobs[0]?.destinations[0];
    ok(destination !== undefined);
    return deliverAsQueue(relay, relay.laneOf(destination), jobs, (_job, _destination, outcome) => {
      outcomes.push(outcome);
      return Promise.resolve();
    }, signal);
  };
  return { clock, relay, outcomes, deliver };
}

const job = (...to: readonly (string | Recipient)[]) =>
  relayJob({
    sender: "ann@here",
    recipients: to.map((one) => typeof one === "string" ? { address: one } : one),
  });

const kinds = (outcomes: readonly Outcome[]) => outcomes.map(({ kind }) => kind);

for (const keywords of [[], ["PIPELINING", "SIZE 1000"]]) {
  Deno.test(`deliver() believes only a whole final reply, wherever the line drops: ${keywords}`, async () => {
    const whole = new ModelSmtpServer(...keywords);
    await rig(whole).deliver([job("bob@world")]);
    const said = ["220 mx.world\r\n", ...whole.commands.map((command) => whole.reply(command))];
    const octets = said.join("").length;
    const untilVerdict = said.slice(0, -1).join("").length; // All but the answer to QUIT.
    for (let cut = 0; cut <= octets; cut++) {
      const server = new ModelSmtpServer(...keywords);
      server.cutAfter = (connection) => connection === 0 ? cut : Infinity;
      const { outcomes, deliver } = rig(server);
      await deliver([job("bob@world")]);
      const want = cut < untilVerdict ? "temporary" : "delivered";
      equal(kinds(outcomes), [want], `cut after ${cut} octets`);
    }
  });
}

Deno.test("deliver() sends the next message over a new connection when one was lost", async () => {
  const server = new ModelSmtpServer("PIPELINING");
  server.cutAfter = (connection) => connection === 0 ? 60 : Infinity;
  const { outcomes, deliver } = rig(server);
  await deliver([job("one@world"), job("two@world"), job("three@world")]);
  equal(kinds(outcomes), ["temporary", "delivered", "delivered"]);
  strictEqual(server.connections, 2);
});

for (const keywords of [[], ["PIPELINING"], ["PIPELINING", "CHUNKING"]]) {
  Deno.test(`deliver() goes on with a server that drops us after each message: ${keywords}`, async () => {
    const server = new ModelSmtpServer(...keywords);
    server.dropsAfter = 1;
    const { outcomes, deliver } = rig(server);
    const batches = [1, 2, 3].map((batch) =>
      Array.from({ length: 5 }, (_, number) => job(`user${number}@world${batch}`))
    );
    for (const batch of batches) await deliver(batch);
    const delivered = kinds(outcomes).filter((kind) => kind === "delivered").length;
    // What was sent ahead of the answers may have been taken: it waits, and that is risked twice.
    strictEqual(delivered, keywords.includes("CHUNKING") ? 1 + 1 + 5 : 15);
    strictEqual(server.taken.filter(({ heard }) => heard).length, delivered);
  });
}

Deno.test("deliver() gives up on a silent server in the time the RFC allows", async (t) => {
  const cases = [
    { silentAt: "", waitMs: 5 * MINUTE_MS },
    { silentAt: "EHLO office.here", waitMs: 5 * MINUTE_MS },
    { silentAt: "MAIL FROM:<ann@here>", waitMs: 5 * MINUTE_MS },
    { silentAt: "RCPT TO:<bob@world>", waitMs: 5 * MINUTE_MS },
    { silentAt: "DATA", waitMs: 2 * MINUTE_MS },
    { silentAt: ".", waitMs: 10 * MINUTE_MS },
  ];
  for (const { silentAt, waitMs } of cases) {
    await t.step(silentAt === "" ? "greeting" : silentAt, async () => {
      const server = new ModelSmtpServer();
      server.answer = (command) => command === silentAt ? "" : undefined;
      const { clock, outcomes, deliver } = rig(server);
      const done = deliver([job("bob@world")]);
      await clock.advance(waitMs - 1);
      strictEqual(outcomes.length, 0);
      await clock.advance(1);
      await done;
      const [outcome] = outcomes;
      ok(outcome?.kind === "temporary");
      match(outcome.reason, /mx\.world was lost: no answer within \d+ s/);
    });
  }
});

Deno.test("deliver() does not wait long for the answer to QUIT", async () => {
  const server = new ModelSmtpServer();
  server.answer = (command) => command === "QUIT" ? "" : undefined;
  const { clock, outcomes, deliver } = rig(server);
  const done = deliver([job("bob@world")]);
  await clock.advance(10_000);
  await done;
  equal(kinds(outcomes), ["delivered"]);
});

Deno.test("deliver() bounds what a server may say", async (t) => {
  const cases = {
    "an endless line": "220 " + "x".repeat(100_000),
    "a long line": "220 " + "x".repeat(5000) + "\r\n",
    "an endless reply": "220-x\r\n".repeat(1000),
    "two codes in one reply": "220-x\r\n250 y\r\n",
    "no code": "garbage\r\n",
  };
  for (const [name, greeting] of Object.entries(cases)) {
    await t.step(name, async () => {
      const server = new ModelSmtpServer();
      server.answer = (command) => command === "" ? greeting : undefined;
      const { clock, outcomes, deliver } = rig(server);
      const done = deliver([job("bob@world")]);
      await clock.advance(5 * MINUTE_MS);
      await done;
      equal(kinds(outcomes), ["temporary"]);
      strictEqual(server.connections, 1);
    });
  }
});

Deno.test("deliver() says why it cannot connect, for all messages at once", async () => {
  const net = new ModelSmtpServer();
  net.connect = () => {
    net.connections++;
    return Promise.reject(new Error("Connection refused (os error 111)"));
  };
  const { outcomes, deliver } = rig(net);
  await deliver([job("one@world", "two@world"), job("three@world")]);
  const reason = "Cannot connect to mx.world:25: Connection refused";
  const outcome = { kind: "temporary", status: "4.4.1", reason, hostFailed: true };
  equal(outcomes, Array(3).fill(outcome));
  strictEqual(net.connections, 1);
});

Deno.test("deliver() waits for a connection no longer than the option says", async () => {
  const net: Net = {
    ...new ModelSmtpServer(),
    startTls: () => Promise.reject(),
    listen: () => {
      throw new TypeError();
    },
    connect: (_target, signal) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason))
      ),
  };
  const { clock, outcomes, deliver } = rig(net);
  const done = deliver([job("bob@world")]);
  await clock.advance(30_000);
  await done;
  match(outcomes[0]?.kind === "temporary" ? outcomes[0].reason : "", /no answer within 30 s/);
});

Deno.test("deliver() ends with the abort reason and settles nothing it does not know", async (t) => {
  for (const silentAt of ["", "MAIL FROM:<ann@here>", "."]) {
    await t.step(`waiting for ${silentAt || "the greeting"}`, async () => {
      const server = new ModelSmtpServer();
      server.answer = (command) => command === silentAt ? "" : undefined;
      const { outcomes, deliver } = rig(server);
      const abort = new AbortController();
      const done = rejects(deliver([job("bob@world")], abort.signal), /no carrier/);
      await settle();
      abort.abort(new Error("no carrier"));
      await done;
      equal(outcomes, []);
    });
  }
});

Deno.test("deliver() ends no message that it cannot read to its end", async () => {
  const server = new ModelSmtpServer();
  const { outcomes, deliver } = rig(server);
  const broken = job("bob@world");
  const message = {
    ...broken.message,
    open: () =>
      ReadableStream.from((async function* () {
        yield new TextEncoder().encode("Subject: half\r\n");
        await settle();
        throw new Error("input/output error");
      })()),
  };
  await deliver([{ ...broken, message }, job("eve@world")]);
  equal(outcomes[0], {
    kind: "temporary",
    status: "4.3.0",
    reason: "The message could not be read",
  });
  strictEqual(outcomes[1]?.kind, "delivered");
  equal(server.taken.map(({ rcpts }) => rcpts), [["RCPT TO:<eve@world>"]]);
});

Deno.test("deliver() sends at most 100 recipients at a time", async () => {
  const server = new ModelSmtpServer("PIPELINING");
  const { outcomes, deliver } = rig(server);
  await deliver([job(...Array.from({ length: 201 }, (_one, index) => `user${index}@world`))]);
  equal(server.taken.map(({ rcpts }) => rcpts.length), [100, 100, 1]);
  ok(kinds(outcomes).every((kind) => kind === "delivered") && outcomes.length === 201);
  strictEqual(server.connections, 1);
});

Deno.test("deliver() passes on what the sender asked to be told, if the server offers it", async () => {
  const server = new ModelSmtpServer("DSN");
  const { outcomes, deliver } = rig(server);
  const { message, ...rest } = job(
    { address: "bob@world", notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;b+2Bb@here" },
    { address: "eve@world", orcpt: "rfc822;e\r\nDATA" },
  );
  const envelope = { ...message.envelope, ret: "HDRS", envid: "QQ1" } as const;
  const destinations = [
    ...rest.destinations,
    { kind: "relay", address: "forwarded@world" } as const,
  ];
  await deliver([{ ...rest, message: { ...message, envelope }, destinations }]);
  equal(server.commands.filter((command) => /^(MAIL|RCPT)/.test(command)), [
    "MAIL FROM:<ann@here> RET=HDRS ENVID=QQ1",
    "RCPT TO:<bob@world> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bb@here",
    "RCPT TO:<eve@world>",
    "RCPT TO:<forwarded@world>",
  ]);
  equal(outcomes.map((outcome) => outcome.kind === "delivered" && outcome.notifies), [
    true,
    true,
    true,
  ]);
});

Deno.test("deliver() leaves the notices here if the server does not offer them", async () => {
  const server = new ModelSmtpServer();
  const { outcomes, deliver } = rig(server);
  await deliver([job({ address: "bob@world", notify: ["SUCCESS"] })]);
  ok(server.commands.includes("RCPT TO:<bob@world>"));
  ok(outcomes[0]?.kind === "delivered" && outcomes[0].notifies === undefined);
});

Deno.test("deliver() sends addresses beyond ASCII only to a server that takes them", async (t) => {
  for (const keywords of [["SMTPUTF8"], []]) {
    await t.step(keywords.join(), async () => {
      const server = new ModelSmtpServer(...keywords);
      const { outcomes, deliver } = rig(server);
      await deliver([relayJob({
        sender: "ann@here",
        recipients: [{ address: "bob@world" }],
        smtpUtf8: true,
      })]);
      const wanted = keywords.length > 0;
      strictEqual(outcomes[0]?.kind, wanted ? "delivered" : "permanent");
      strictEqual(server.commands.includes("MAIL FROM:<ann@here> SMTPUTF8"), wanted);
    });
  }
});

Deno.test("deliver() sends 8-bit text only to a server that takes it", async (t) => {
  for (const keywords of [["8BITMIME"], []]) {
    await t.step(keywords.join(), async () => {
      const server = new ModelSmtpServer(...keywords);
      const { outcomes, deliver } = rig(server);
      const envelope = { sender: "ann@here", recipients: [{ address: "bob@world" }] };
      await deliver([relayJob(envelope, "Subject: x\r\n\r\ncaf\u00e9\r\n"), relayJob(envelope)]);
      const wanted = keywords.length > 0;
      equal(kinds(outcomes), [wanted ? "delivered" : "permanent", "delivered"]);
      const [first] = outcomes;
      if (first?.kind === "permanent") {
        strictEqual(first.status, "5.6.3");
        match(first.reason, /^mx\.world takes 7-bit text only/);
      }
    });
  }
});

Deno.test("deliver() tries pipelining no more at a host that fell silent twice", async () => {
  const server = new ModelSmtpServer("PIPELINING", "CHUNKING");
  server.answer = (command) => /^(?:BDAT|RSET|QUIT)/.test(command) ? "" : undefined;
  const { clock, outcomes, deliver } = rig(server);
  for (let attempt = 0; attempt < 2; attempt++) {
    const done = deliver([job("bob@world")]);
    await clock.advance(10 * MINUTE_MS);
    await done;
    strictEqual(server.connections, attempt + 1);
  }
  server.answer = () => undefined;
  await deliver([job("bob@world")]);
  equal(kinds(outcomes), ["temporary", "temporary", "delivered"]);
  strictEqual(server.commands.filter((command) => command === "DATA").length, 1);
});

Deno.test("deliver() sends a large message to nobody who would not take it", async () => {
  const server = new ModelSmtpServer("PIPELINING", "CHUNKING");
  server.answer = (command) => command.includes("gone") ? "550 5.1.1 Unknown\r\n" : undefined;
  const { outcomes, deliver } = rig(server);
  const large = "x".repeat(200_000);
  const to = (address: string) =>
    relayJob({ sender: "ann@here", recipients: [{ address }] }, large);
  await deliver([to("gone@world"), to("bob@world")]);
  equal(kinds(outcomes), ["permanent", "delivered"]);
  ok((server.heardOctets[0] ?? 0) < 201_000);
  equal(server.commands.filter((command) => command.startsWith("BDAT")), [
    ...Array(3).fill("BDAT 65536"),
    "BDAT 3394 LAST",
  ]);
});

Deno.test("deliver() stops a message at the first chunk that is refused, and goes on", async () => {
  const server = new ModelSmtpServer("PIPELINING", "CHUNKING");
  let refusals = 0;
  server.answer = (command) =>
    command === "BDAT 65536" && refusals++ === 0 ? "552 5.3.4 Too large\r\n" : undefined;
  const { outcomes, deliver } = rig(server);
  const large = relayJob(
    { sender: "ann@here", recipients: [{ address: "bob@world" }] },
    "x".repeat(2_000_000),
  );
  await deliver([large, job("eve@world")]);
  equal(kinds(outcomes), ["permanent", "delivered"]);
});

Deno.test("deliver() never lets an address become a command", async () => {
  const server = new ModelSmtpServer();
  const { outcomes, deliver } = rig(server);
  await deliver([job("bob@world>\r\nRCPT TO:<victim@world")]);
  strictEqual(outcomes[0]?.kind, "permanent");
  ok(!server.commands.some((command) => command.includes("victim")));
});

Deno.test("laneOf() takes the exact domain first, then the longest wildcard", async (t) => {
  const gateways = [
    { domain: "*", host: "all", port: 25 },
    { domain: "*.example.org", host: "below", port: 25 },
    { domain: "*.sub.example.org", host: "deeper", port: 25 },
    { domain: "example.org", host: "exact", port: 1025 },
    { domain: "example.org", host: "second", port: 25 },
    { domain: "six.example", host: "::1", port: 25 },
    { domain: "xn--bcher-kva.example", host: "books", port: 25 },
  ];
  const cases = [
    { address: "bob@example.org", want: "exact:1025" },
    { address: "bob@EXAMPLE.ORG", want: "exact:1025" },
    { address: "bob@a.example.org", want: "below:25" },
    { address: "bob@a.sub.example.org", want: "deeper:25" },
    { address: "bob@notexample.org", want: "all:25" },
    { address: '"a@b"@six.example', want: "::1:25" },
    { address: "bob@xn--bcher-kva.example", want: "books:25" },
    { address: "bob@B\u00dcCHER.example", want: "books:25" },
    { address: "bob", want: "all:25" },
  ];
  const { relay } = rig(new ModelSmtpServer(), gateways);
  for (const { address, want } of cases) {
    await t.step(address, () => strictEqual(relay.laneOf({ kind: "relay", address }), want));
  }
  throws(() => relay.laneOf({ kind: "maildrop", user: "bob" }), TypeError);
});

Deno.test("deliver() settles each hundred recipients before it sends to the next", async () => {
  const server = new ModelSmtpServer();
  const { outcomes, deliver } = rig(server);
  const begun = Promise.withResolvers<void>();
  server.answer = (command) => {
    const verdicts = server.commands.filter((one) => one === ".").length;
    if (verdicts === 0 || !command.startsWith("MAIL")) return undefined;
    begun.resolve();
    return ""; // Silence: the second hundred are never answered.
  };
  const abort = new AbortController();
  const recipients = Array.from({ length: 150 }, (_, index) => `user${index}@world`);
  const done = rejects(deliver([job(...recipients)], abort.signal), /no carrier/);
  await begun.promise;
  await settle();
  abort.abort(new Error("no carrier"));
  await done;
  equal(kinds(outcomes), Array(100).fill("delivered"));
});
