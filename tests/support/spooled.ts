import type { Spool, SpoolItem } from "../../src/store/mod.ts";

/** What a spool that was just opened has, as another run of the program reads it. */
export async function spooled(
  spool: Spool,
): Promise<readonly Extract<SpoolItem, { kind: "found" }>[]> {
  const items = [];
  for await (const { id } of spool.load()) {
    const item = await spool.read(id);
    if (item.kind === "found") items.push(item);
  }
  return items;
}
