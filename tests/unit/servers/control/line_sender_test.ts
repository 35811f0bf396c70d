import { rejects, strictEqual } from "node:assert/strict";
import type { Connection } from "../../../../src/platform/mod.ts";
import { LineSender } from "../../../../src/servers/control/line_sender.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";

/** A client that reads when the test says so. */
class SlowClient implements Connection {
  readonly remote = { host: "192.0.2.1", port: 1 };
  readonly local = { host: "192.0.2.2", port: 2 };
  text = "";
  closed = false;
  readonly #writes: PromiseWithResolvers<void>[] = [];

  read(): Promise<number | null> {
    return Promise.resolve(null);
  }

  /** Takes half of the line at once, as a full socket does, and the rest later. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.closed) throw new Error("closed");
    const text = new TextDecoder().decode(bytes);
    this.text += text.slice(0, 3);
    const write = Promise.withResolvers<void>();
    this.#writes.push(write);
    await write.promise;
    this.text += text.slice(3);
  }

  /** Lets all that is sent arrive. */
  async readAll(): Promise<void> {
    for (let write = this.#writes.shift(); write !== undefined; write = this.#writes.shift()) {
      write.resolve();
      await settle();
    }
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
    for (const write of this.#writes) write.reject(new Error("closed"));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

Deno.test("LineSender.send() never mixes two lines", async () => {
  const client = new SlowClient();
  const sender = new LineSender(client);
  const sent = [1, 2, 3].map((number) => sender.send({ number }));
  await settle();
  await client.readAll();
  await Promise.all(sent);
  strictEqual(client.text, '{"number":1}\n{"number":2}\n{"number":3}\n');
});

Deno.test("LineSender.send() refuses to keep more for a client that does not read", async () => {
  const client = new SlowClient();
  const sender = new LineSender(client);
  const sent = Array.from({ length: 1000 }, () => sender.send({}));
  const all = Promise.allSettled(sent);
  await rejects(sender.send({}), /has not read 1000 lines/);
  await settle();
  client.close();
  strictEqual((await all).filter(({ status }) => status === "rejected").length, 1000);
});

Deno.test("LineSender.send() cuts off a client that takes too long for a line", async () => {
  const client = new SlowClient();
  const clock = new ManualClock();
  const sender = new LineSender(client, { clock, ms: 60_000 });
  const sent = sender.send({});
  await clock.advance(59_999);
  strictEqual(client.closed, false);
  const failed = rejects(sent, /closed/);
  await clock.advance(1);
  await failed;
  strictEqual(client.closed, true);
});
