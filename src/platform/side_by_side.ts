/**
 * Works on all things, at most `atOnce` at a time, begun in their order. Each failure leaves room for
 * one less; what has room still does the rest.
 *
 * @throws The first failure, when nothing is under way any more.
 */
export async function sideBySide<Thing>(
  things: readonly Thing[],
  atOnce: number,
  work: (thing: Thing) => Promise<void>,
): Promise<void> {
  const line = things.values();
  const worker = async () => {
    for (const thing of line) await work(thing);
  };
  const workers = Array.from({ length: Math.min(atOnce, things.length) }, worker);
  for (const ended of await Promise.allSettled(workers)) {
    if (ended.status === "rejected") throw ended.reason;
  }
}
