import type { Envelope, Origin } from "../../formats/envelope.ts";
import type { Chunks } from "../../platform/mod.ts";
import type { StoredMessage } from "../../store/mod.ts";

/** `body` with header lines before it. */
export async function* preceded(lines: string, body: Chunks): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(lines);
  yield* body;
}

/** What the log says of a message that came in. */
export function queuedFields(
  { id, envelope, origin, sizeOctets }: StoredMessage,
): Readonly<Record<string, string | number>> {
  return {
    id,
    from: envelope.sender,
    to: namesOf(envelope),
    octets: sizeOctets,
    origin: origin.kind,
    client: clientOf(origin),
  };
}

/** How many recipients a log line names. */
const MAX_NAMED = 5;

function namesOf({ recipients }: Envelope): string {
  const named = recipients.slice(0, MAX_NAMED).map(({ address }) => address).join(",");
  const more = recipients.length - MAX_NAMED;
  return more > 0 ? `${named} and ${more} more` : named;
}

function clientOf(origin: Origin): string {
  switch (origin.kind) {
    case "network":
      return origin.address;
    case "fetched":
      return origin.account;
    case "local":
      return origin.by;
  }
}
