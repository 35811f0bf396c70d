import type { Pop3Reply } from "../../formats/pop3.ts";
import type { Pop3Client } from "./client.ts";

/** How far commands may run ahead of their replies. */
export interface Window<T> {
  readonly commands: number;
  /** What the replies to an item weigh, in octets, and how much of that may be outstanding. */
  readonly octetsOf?: (item: T) => number;
  readonly octets?: number;
}

/**
 * Sends one command an item and yields each reply in turn; what follows it is for the caller to
 * read. The server never has more to send than the window allows, so that neither side can end up
 * writing to one that does not read, and a call that ends wastes little. Without pipelining the
 * commands go one by one.
 *
 * Whoever stops early must end the session: replies may be outstanding.
 */
export async function* inTurn<T>(
  client: Pop3Client,
  items: readonly T[],
  command: (item: T) => string,
  { commands, octetsOf = () => 0, octets = Infinity }: Window<T>,
): AsyncGenerator<{ readonly item: T; readonly reply: Pop3Reply }, void> {
  let queued = 0;
  let outstanding = 0;
  for (const [at, item] of items.entries()) {
    while (queued < items.length && queued - at < commands) {
      const next = items[queued] as T;
      // At least one ahead: the line must not fall idle while a large message is stored.
      if (queued - at > 1 && outstanding + octetsOf(next) > octets) break;
      client.queue(command(next));
      outstanding += octetsOf(next);
      queued++;
    }
    yield { item, reply: await client.reply() };
    outstanding -= octetsOf(item);
  }
}
