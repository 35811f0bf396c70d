import { namesOf, type Origin } from "../../formats/envelope.ts";
import type { StoredMessage } from "../../store/mod.ts";

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
