import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Transaction } from "../../../../src/servers/pop3d/transaction.ts";
import type { Maildrop } from "../../../../src/store/mod.ts";

/** A maildrop of messages `a`, `b` and `c` that remembers what was done to it. */
class FakeMaildrop implements Maildrop {
  readonly messages = ["a", "b", "c"].map((uid, i) => ({ uid, sizeOctets: 100 * (i + 1) }));
  readonly calls: string[] = [];
  error: Error | undefined;

  read(uid: string): ReadableStream<Uint8Array> {
    this.calls.push(`read ${uid}`);
    return ReadableStream.from([]);
  }

  remove(uids: readonly string[]): Promise<void> {
    this.calls.push(`remove ${uids.join(" ")}`);
    return this.error ? Promise.reject(this.error) : Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.calls.push("unlock");
    return Promise.resolve();
  }
}

Deno.test("Transaction numbers messages from 1 and keeps the numbers when some are deleted", () => {
  const mail = new Transaction("bob", new FakeMaildrop());
  mail.delete(2);
  mail.delete(2);
  deepStrictEqual([...mail.remaining()].map(([n, { uid }]) => `${n} ${uid}`), ["1 a", "3 c"]);
  deepStrictEqual([0, 1, 2, 3, 4].map((n) => mail.select(n).kind), [
    "none",
    "message",
    "deleted",
    "message",
    "none",
  ]);
  deepStrictEqual([mail.count, mail.octets], [2, 400]);
  mail.reset();
  deepStrictEqual([mail.count, mail.octets], [3, 600]);
});

Deno.test("Transaction.update() removes what is marked, in one go, and counts it", async () => {
  const maildrop = new FakeMaildrop();
  const mail = new Transaction("bob", maildrop);
  mail.delete(3);
  mail.delete(1);
  deepStrictEqual(maildrop.calls, []);
  await mail.update();
  deepStrictEqual(maildrop.calls, ["remove c a"]);
  strictEqual(mail.removed, 2);
});

Deno.test("Transaction.update() counts nothing when removing fails, and asks nothing of an unmarked one", async () => {
  const maildrop = new FakeMaildrop();
  const mail = new Transaction("bob", maildrop);
  await mail.update();
  deepStrictEqual(maildrop.calls, []);
  mail.delete(1);
  maildrop.error = new Error("disk full");
  await rejects(mail.update(), /disk full/);
  strictEqual(mail.removed, 0);
});

Deno.test("Transaction gives the lock back without removing anything", async () => {
  const maildrop = new FakeMaildrop();
  {
    await using mail = new Transaction("bob", maildrop);
    mail.delete(1);
  }
  deepStrictEqual(maildrop.calls, ["unlock"]);
});
