import { deepStrictEqual as assertEquals, match, rejects } from "node:assert/strict";
import { toCaretaker } from "../../../src/app/undeliverable.ts";
import type { Submission } from "../../../src/domain/queue/mod.ts";
import type { Chunks } from "../../../src/platform/mod.ts";
import type { QueueId, StoredMessage } from "../../../src/store/mod.ts";
import { configOf } from "../../support/config_text.ts";
import { collected } from "../../support/chunks.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const MESSAGE =
  "Subject: hello\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n";

const message: StoredMessage = {
  id: "0000000000000001" as QueueId,
  envelope: { sender: "far@world.example", recipients: [{ address: "gone@local.domain" }] },
  origin: { kind: "fetched", account: "office@pop.example", uidl: "7" },
  submittedAtMs: 0,
  sizeOctets: MESSAGE.length,
  open: () => ReadableStream.from([new TextEncoder().encode(MESSAGE)]),
};

function caretaker(...lines: string[]) {
  const submitted: { submission: Submission; text: string }[] = [];
  const config = configOf(...lines);
  const undeliverable = toCaretaker({
    queue: () => ({
      async submit(submission: Submission, body: Chunks) {
        submitted.push({ submission, text: await collected(body) });
        return "0000000000000002" as QueueId;
      },
    }),
    config: () => config,
    random: new SeededRandom(1),
  });
  return { submitted, undeliverable };
}

const ACCOUNT = "pf_user office secret 127.0.0.1 tls=none";

Deno.test("toCaretaker() hands a fetched message on with the reason on top, whole", async () => {
  const { submitted, undeliverable } = caretaker(
    ...["ras_timer 5", ACCOUNT, "pf_dflt_address desk@local.domain"],
  );
  await undeliverable(message, { address: "gone@local.domain" }, "no such user");
  const [{ submission, text } = { submission: undefined, text: "" }] = submitted;
  assertEquals(submission?.envelope, {
    sender: "far@world.example",
    recipients: [{ address: "desk@local.domain" }],
  });
  assertEquals(submission?.origin, message.origin);
  match(text, /gone@local\.domain.*no such user/s);
  match(text, new RegExp(`Content-Type: message/rfc822[\\s\\S]*\r\n\r\n${MESSAGE}`));
});

Deno.test("toCaretaker() refuses when nobody else could take it", async (t) => {
  const cases = [
    { name: "no caretaker", lines: ["ras_timer 5", ACCOUNT] },
    {
      name: "it was the caretaker's",
      lines: ["ras_timer 5", ACCOUNT, "pf_dflt_address Gone@local.domain"],
    },
  ];
  for (const { name, lines } of cases) {
    await t.step(name, async () => {
      const { submitted, undeliverable } = caretaker(...lines);
      await rejects(() => undeliverable(message, { address: "gone@local.domain" }, "no such user"));
      assertEquals(submitted, []);
    });
  }
});
