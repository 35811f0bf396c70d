import { isAddress } from "../../formats/address.ts";
import type { ForwardTarget } from "../../formats/forward_target.ts";
import { fillWildcards } from "../../formats/wildcard.ts";
import type { Destination } from "./mod.ts";
import { type Recipient, wholeAddress } from "./recipient.ts";

/** What a list of destinations comes to for a recipient. */
export interface Listed {
  readonly destinations: readonly Destination[];
  /** Addresses and names that are followed in turn. */
  readonly next: readonly string[];
  readonly discards: boolean;
  /** Whether the recipient is among them, by `$user` or by its own address. */
  readonly hasSelf: boolean;
  /** What is not carried out, as it was written. */
  readonly refused: readonly string[];
}

/** Whose list it is. */
export type ListOwner =
  /** The administrator's: files may be named, and a `*` stands for one of `parts`. */
  | { readonly kind: "administrator"; readonly parts: readonly string[] }
  /** A user's own: robots run as the user, and files are refused, for we write as more than that. */
  | { readonly kind: "user"; readonly user: string; readonly domain: string };

/** Says what each destination of a list means for the recipient whose list it is. */
export function listed(
  targets: readonly ForwardTarget[],
  recipient: Recipient,
  { owner, keyOf }: {
    readonly owner: ListOwner;
    /** The key of an address, to see whether it is the recipient's. */
    readonly keyOf: (address: string) => string;
  },
): Listed {
  const found = {
    destinations: [] as Destination[],
    next: [] as string[],
    discards: false,
    hasSelf: false,
    refused: [] as string[],
  };
  for (const target of targets) {
    switch (target.kind) {
      case "self":
        found.hasSelf = true;
        break;
      case "address": {
        // Its domain first: what a star stands for comes from outside, and may hold an `@`.
        const whole = wholeAddress(target.address, recipient);
        const address = owner.kind === "administrator" ? fillWildcards(whole, owner.parts) : whole;
        if (!isAddress(address) && owner.kind === "user") found.refused.push(target.address);
        else if (!isAddress(address)) found.destinations.push(invalid(address));
        else if (keyOf(address) === recipient.key) found.hasSelf = true;
        else found.next.push(address);
        break;
      }
      case "robot":
        found.destinations.push({
          kind: "robot",
          command: target.command,
          ...(owner.kind === "user"
            ? { user: owner.user, domain: owner.domain }
            : { domain: recipient.domain }),
        });
        break;
      case "file":
        if (owner.kind === "user") found.refused.push(target.path);
        else found.destinations.push({ kind: "file", path: target.path });
        break;
      case "discard":
        found.discards = true;
        break;
      case "unusable":
        found.refused.push(target.text);
    }
  }
  return found;
}

/** An address that wildcards have made too long, or otherwise none. */
function invalid(address: string): Destination {
  const reason = "The address is forwarded to one that is not valid";
  return { kind: "reject", address, status: "5.1.3", reason };
}
