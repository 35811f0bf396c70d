import type { Origin } from "../../formats/envelope.ts";
import type { Client } from "./replies.ts";

/**
 * How a message of this client came in.
 *
 * @param recentUser Who has read mail from the client's address lately (pop_before_smtp).
 */
export function originOf({ address, user }: Client, recentUser?: string): Origin {
  const who = user ?? recentUser;
  return { kind: "network", address, ...(who === undefined ? {} : { user: who }) };
}
