import type { FoundMessage, Spool } from "../../src/store/mod.ts";

/** What a spool that was just opened has, as another run of the program reads it. */
export async function spooled(spool: Spool): Promise<readonly FoundMessage[]> {
  return await Array.fromAsync(spool.load());
}
