import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  type ChunkPlan,
  ChunkReceiver,
  type ChunkSession,
} from "../../../../src/servers/smtpd/chunk_receiver.ts";
import { replies, type Reply } from "../../../../src/servers/smtpd/replies.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A session that remembers; `store` decides what becomes of a message. */
function receiver(
  store: (body: AsyncIterable<Uint8Array>) => Promise<Reply>,
  facts: Partial<ChunkSession> = {},
) {
  const answered: number[] = [];
  const chunks = new ChunkReceiver({
    refusal: undefined,
    maxMessageOctets: 100,
    message: store,
    over: ({ code }) => void answered.push(code),
    ...facts,
  }, { maxDiscarded: 50 });
  const send = async (text: string, last = false, octets = text.length): Promise<Reply> => {
    const plan = planned(chunks.begin({ octets, last }));
    if (text !== "") await plan.take(bytes(text));
    return await plan.finish();
  };
  return { chunks, answered, send };
}

function planned(plan: ChunkPlan | Reply): ChunkPlan {
  if ("code" in plan) throw new Error(`Refused: ${plan.text}`);
  return plan;
}

async function keep(body: AsyncIterable<Uint8Array>): Promise<Reply> {
  let text = "";
  for await (const part of body) text += new TextDecoder().decode(part);
  return replies.dataOk(text);
}

Deno.test("ChunkReceiver puts chunks together, and answers the last when it is stored", async () => {
  const { send, answered, chunks } = receiver(keep);
  deepStrictEqual(await send("one "), replies.chunkOk(4));
  ok(chunks.isReceiving);
  deepStrictEqual(await send(""), replies.chunkOk(0));
  deepStrictEqual(await send("two", true), replies.dataOk("one two"));
  strictEqual(chunks.isReceiving, false);
  deepStrictEqual(answered, [250]);
  deepStrictEqual(await send("next", true), replies.dataOk("next"));
});

Deno.test("ChunkReceiver tells of a failure with the chunk at hand, once", async () => {
  const failure = replies.diskFull;
  const { send, answered, chunks } = receiver(async (body) => {
    for await (const _part of body) break;
    return failure;
  });
  await send("one");
  deepStrictEqual(await send("two"), failure);
  deepStrictEqual(answered, [452]);
  strictEqual(chunks.isReceiving, false);
});

Deno.test("ChunkReceiver reads past what it refuses", async () => {
  const { send, chunks } = receiver(keep, { refusal: replies.rcptFirst });
  deepStrictEqual(await send("QUIT\r\n"), replies.rcptFirst);
  strictEqual(chunks.isReceiving, false);
  deepStrictEqual(chunks.begin({ octets: 51, last: true }), replies.rcptFirst);
});

Deno.test("ChunkReceiver gives up a message that is announced far too large", async () => {
  const failed = Promise.withResolvers<unknown>();
  const { send, chunks } = receiver((body) =>
    keep(body).catch((error) => {
      failed.resolve(error);
      return replies.internalError;
    })
  );
  await send("x".repeat(100));
  deepStrictEqual(chunks.begin({ octets: 51, last: true }), replies.tooLarge(100));
  strictEqual(chunks.isReceiving, false);
  match(String(await failed.promise), /given up/);
});

Deno.test("ChunkReceiver leaves what is a little too large to whoever stores it", async () => {
  const { send } = receiver(() => Promise.resolve(replies.tooLarge(100)));
  deepStrictEqual(await send("x".repeat(120), true), replies.tooLarge(100));
});

Deno.test("ChunkReceiver keeps nothing of a message that is given up", async () => {
  let stored: string | undefined;
  const { send, chunks, answered } = receiver((body) =>
    keep(body).then((reply) => {
      stored = String(reply.text);
      return reply;
    }, () => replies.internalError)
  );
  const given = send("half");
  await given;
  const under = planned(chunks.begin({ octets: 4, last: true }));
  const taking = under.take(bytes("more"));
  chunks.abort();
  await taking;
  deepStrictEqual(await under.finish(), replies.internalError);
  strictEqual(stored, undefined);
  deepStrictEqual(answered, []);
});
