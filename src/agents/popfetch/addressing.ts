import type { Origin } from "../../formats/envelope.ts";
import type { Router } from "../../domain/routing/mod.ts";
import { eachOnce, type FoundRecipients } from "./recipients.ts";

/** A recipient that does not exist here, and why. */
export interface Refused {
  readonly address: string;
  readonly reason: string;
}

/** Who gets a message. */
export type Addressing =
  | {
    readonly kind: "known";
    /** These get it as it is. */
    readonly recipients: readonly string[];
    /** Gets a copy that says who of `refused` did not (B49); empty for no copy. */
    readonly caretaker: string;
    readonly refused: readonly Refused[];
  }
  /** Nobody can get it: it is kept in duds.dat (B50). */
  | { readonly kind: "undeliverable"; readonly reason: string }
  /** It cannot be said now: it stays on the server. */
  | { readonly kind: "deferred"; readonly reason: string };

/** More recipients here than that are no message of ours; the rest is left to the caretaker's eye. */
const MAX_RECIPIENTS = 1000;

/**
 * Decides who gets a message. Addresses of other domains are no recipients: fetched mail is never
 * relayed to the world. What finds no recipient goes to pf_dflt_address as it is, what finds only
 * unknown users goes there with a note.
 */
export async function addressMessage(
  found: FoundRecipients,
  { router, origin, defaultAddress }: {
    readonly router: Pick<Router, "check" | "isLocal">;
    readonly origin: Origin;
    readonly defaultAddress: string;
  },
): Promise<Addressing> {
  const local = found.addresses.filter((address) => router.isLocal(address));
  const ours = local.slice(0, MAX_RECIPIENTS);
  const verdicts = await Promise.all(
    ours.map(async (address) => ({ address, verdict: await router.check(address, origin) })),
  );
  const good: string[] = [];
  const refused: Refused[] = [];
  for (const { address, verdict } of verdicts) {
    if (verdict.kind === "defer") return { kind: "deferred", reason: verdict.reason };
    if (verdict.kind === "accept") good.push(address);
    else refused.push({ address, reason: verdict.reason });
  }
  if (local.length > ours.length) {
    refused.push({ address: `${local.length - ours.length} more`, reason: "Too many recipients" });
  }
  const recipients = eachOnce(good);
  if (recipients.length > 0 && refused.length === 0) {
    return { kind: "known", recipients, caretaker: "", refused };
  }
  const caretaker = await checkCaretaker(defaultAddress, { router, origin });
  if (caretaker.kind === "defer") return { kind: "deferred", reason: caretaker.reason };
  if (caretaker.kind === "accept") {
    if (refused.length === 0) {
      return { kind: "known", recipients: [defaultAddress], caretaker: "", refused };
    }
    // One copy for the caretaker, the one with the note.
    const others = recipients.filter((one) => one.toLowerCase() !== defaultAddress.toLowerCase());
    return { kind: "known", recipients: others, caretaker: defaultAddress, refused };
  }
  if (recipients.length > 0) return { kind: "known", recipients, caretaker: "", refused };
  const why = refused[0] === undefined
    ? "it names no recipient here"
    : `${refused[0].address}: ${refused[0].reason}`;
  return { kind: "undeliverable", reason: `${why}; ${caretaker.reason}` };
}

async function checkCaretaker(
  address: string,
  { router, origin }: { router: Pick<Router, "check" | "isLocal">; origin: Origin },
): Promise<{ readonly kind: "accept" | "defer" | "refuse"; readonly reason: string }> {
  if (address === "") return { kind: "refuse", reason: "pf_dflt_address is not set" };
  if (!router.isLocal(address)) {
    return { kind: "refuse", reason: `pf_dflt_address ${address} is not a local address` };
  }
  const verdict = await router.check(address, origin);
  return verdict.kind === "accept"
    ? { kind: "accept", reason: "" }
    : { kind: verdict.kind, reason: `pf_dflt_address ${address}: ${verdict.reason}` };
}
