import { parseListing, parseUidl } from "../../formats/pop3.ts";
import type { Pop3Client } from "./client.ts";
import { Pop3Error } from "./pop3_error.ts";

/** A message as the server lists it. */
export interface Listed {
  /** Its number in this session. */
  readonly number: number;
  /** What the server says; often not what it sends. */
  readonly octets: number;
  /** Its unique-id; `undefined` if the server gave none. */
  readonly uidl: string | undefined;
}

/** Queues the two lists; {@linkcode readListing} reads them. */
export function queueListing(client: Pop3Client): void {
  client.queue("UIDL");
  client.queue("LIST");
}

/**
 * Reads both lists. LIST says which messages there are, UIDL what they are called; lines that make
 * no sense are passed over.
 *
 * @throws {Pop3Error} If the server gives neither list.
 */
export async function readListing(client: Pop3Client): Promise<readonly Listed[]> {
  const uidls = await readPairs(client, (line) => {
    const { number, uid } = parseUidl(line);
    return [number, uid] as const;
  });
  const sizes = await readPairs(client, (line) => {
    const { number, octets } = parseListing(line.replace(/-\d+[ \t]*$/, unsigned));
    return [number, octets] as const;
  });
  if (sizes === undefined && uidls === undefined) {
    throw new Pop3Error("refused", `${client.server} did not list its messages`);
  }
  const numbers = [...(sizes ?? uidls ?? new Map()).keys()].sort((a, b) => a - b);
  return numbers.map((number) => ({
    number,
    octets: sizes?.get(number) ?? 0,
    uidl: uidls?.get(number),
  }));
}

/** What a server means that counts in 32 bits and goes negative at 2 GiB. */
function unsigned(size: string): string {
  return String(2 ** 32 + Number(size));
}

async function readPairs<T>(
  client: Pop3Client,
  parse: (line: string) => readonly [number, T],
): Promise<Map<number, T> | undefined> {
  if (!(await client.reply()).ok) return undefined;
  const pairs = new Map<number, T>();
  for await (const line of client.list()) {
    try {
      const [number, value] = parse(line);
      if (number >= 1) pairs.set(number, value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return pairs;
}
