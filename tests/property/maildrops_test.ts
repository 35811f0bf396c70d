import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { diskFiles } from "../../src/platform/mod.ts";
import type { Maildrops } from "../../src/store/mod.ts";
import { collected, mailishText } from "../support/chunks.ts";
import { crashingFiles, type CrashMode, twoFileSystems } from "../support/crashing_files.ts";
import { countingRandom, delivery, served, storeAt } from "../support/maildrop_store.ts";
import { octetsOf } from "../support/octet_text.ts";
import { tempDir } from "../support/temp_dir.ts";

/** One thing that happens to a maildrop. Messages are chosen by number, wrapping around. */
type Step =
  | { readonly kind: "deliver"; readonly texts: readonly string[] }
  | {
    readonly kind: "session";
    readonly remove: readonly number[];
    /** Delivered while the session holds the lock. */
    readonly meanwhile: readonly string[];
  }
  | { readonly kind: "count" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("deliver" as const),
    texts: fc.array(mailishText, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("session" as const),
    remove: fc.array(fc.nat(20), { maxLength: 4 }),
    meanwhile: fc.array(mailishText, { maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant("count" as const) }),
);

/** How a step ends: well, or with a crash at one of its disk calls. */
const ending: fc.Arbitrary<{ crashAt: number; mode: CrashMode }> = fc.record({
  crashAt: fc.integer({ min: 0, max: 14 }),
  mode: fc.constantFrom<CrashMode>("undone", "half done", "done"),
});

/** What must be in the maildrop: the texts by id, in order. */
class Model {
  readonly messages = new Map<string, string>();
  /** Deliveries whose success is unknown; the queue tries them again. */
  readonly unsure = new Map<string, string>();
  /** Messages whose removal is unknown. */
  removing: readonly string[] = [];
  #count = 0;

  async deliver(store: Maildrops, texts: readonly string[]): Promise<void> {
    const batch = texts.map((text) => ({ id: `q${++this.#count}`, text: wireForm(text) }));
    for (const { id, text } of batch) this.unsure.set(id, text);
    await store.deliver("bob", batch.map(({ id, text }) => delivery(id, text)));
    this.#settle();
  }

  /** After a crash: what the queue and the client do. */
  async recover(store: Maildrops): Promise<void> {
    for (const [id, text] of this.unsure) {
      if (!await store.wasDelivered("bob", id)) {
        await store.deliver("bob", [delivery(id, text)]);
      }
    }
    this.#settle();
    await using maildrop = await store.lock("bob");
    const found = new Set(maildrop?.messages.map(({ uid }) => uid));
    const gone = this.removing.filter((id) => !found.has(id));
    ok(gone.length === 0 || gone.length === this.removing.length, "some were removed, not all");
    for (const id of gone) this.messages.delete(id);
    this.removing = [];
  }

  #settle(): void {
    for (const [id, text] of this.unsure) this.messages.set(id, text);
    this.unsure.clear();
  }
}

/** A mail over the wire has CRLF line ends. */
function wireForm(text: string): string {
  return text.replaceAll(/\r*\n/g, "\r\n").replace(/\r*$/, "\r\n");
}

async function perform(store: Maildrops, model: Model, step: Step): Promise<void> {
  if (step.kind === "deliver") return await model.deliver(store, step.texts);
  if (step.kind === "count") {
    strictEqual((await store.size("bob")).messages, model.messages.size);
    return;
  }
  await using maildrop = await store.lock("bob");
  ok(maildrop, "the lock was not given back");
  deepStrictEqual(maildrop.messages.map(({ uid }) => uid), [...model.messages.keys()]);
  for (const { uid, sizeOctets } of maildrop.messages) {
    const text = await collected(maildrop.read(uid));
    strictEqual(text, served(uid, model.messages.get(uid) ?? ""));
    strictEqual(sizeOctets, text.length);
  }
  const count = maildrop.messages.length;
  const chosen = count === 0 ? [] : step.remove.map((n) => maildrop.messages[n % count]?.uid ?? "");
  const delivered = model.deliver(store, step.meanwhile);
  model.removing = [...new Set(chosen)];
  await Promise.all([delivered, maildrop.remove(chosen)]);
  for (const uid of chosen) model.messages.delete(uid);
  model.removing = [];
}

const DISKS = [
  { name: "one file system", disk: diskFiles() },
  { name: "two file systems", disk: twoFileSystems(diskFiles()) },
];

for (const { name, disk } of DISKS) {
  Deno.test(`maildrops keep every message once, through any sessions and crashes, ${name}`, async () => {
    const steps = fc.array(fc.tuple(step, ending), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        await using dir = await tempDir();
        const [model, random] = [new Model(), countingRandom()];
        for (const [step, ending] of [...steps, LAST]) {
          const crashing = crashingFiles(disk, ending);
          try {
            await perform(storeAt(dir.path, { files: crashing.files, random }), model, step);
          } catch (error) {
            if (!crashing.crashed) throw error;
          }
          await model.recover(storeAt(dir.path, { files: disk, random }));
        }
      }),
      { numRuns: 60 },
    );
  });
}

/** In the end all is looked at once more. */
const LAST: readonly [Step, { crashAt: number; mode: CrashMode }] = [
  { kind: "session", remove: [], meanwhile: [] },
  { crashAt: 0, mode: "undone" },
];

Deno.test("size() and wasDelivered() say the same of what was just delivered as of what is read", async () => {
  const bodies = fc.array(mailishText, { minLength: 1, maxLength: 4 });
  const sender = fc.constantFrom("", "a@b", "jürgen@müller.example");
  await fc.assert(
    fc.asyncProperty(bodies, sender, async (texts, sender) => {
      await using dir = await tempDir();
      const store = storeAt(dir.path);
      const messages = texts.map((text, i) => ({
        deliveryId: `q${i}`,
        sender,
        body: [octetsOf(text)],
      }));
      await store.deliver("bob", messages.slice(0, 1));
      await store.deliver("bob", messages.slice(1));
      const again = storeAt(dir.path); // It has to read the file.
      deepStrictEqual(await store.size("bob"), await again.size("bob"));
      for (const { deliveryId } of messages) {
        strictEqual(await store.wasDelivered("bob", deliveryId), true);
        strictEqual(await again.wasDelivered("bob", deliveryId), true);
      }
    }),
    { numRuns: 60 },
  );
});
