import type { ChainStep, Destination } from "./mod.ts";
import type { Recipient } from "./recipient.ts";

/** What one step says about a recipient. */
export type StepResult =
  /** Not its business: the next step is asked. */
  | { readonly kind: "pass" }
  /** Where the recipient leads, and which addresses go through the whole chain in turn (A15). */
  | {
    readonly kind: "done";
    readonly destinations: readonly Destination[];
    readonly next: readonly string[];
    readonly text: string;
  }
  | { readonly kind: "unavailable"; readonly status: string; readonly reason: string };

/** One rule of the chain. The last one of a chain never passes. */
export type Step = (recipient: Recipient) => StepResult | Promise<StepResult>;

/** Where a recipient leads in the end, or why that cannot be said now. */
export type ChainResult =
  | {
    readonly kind: "resolved";
    readonly destinations: readonly Destination[];
    readonly steps: readonly ChainStep[];
    /** Whether any address but the first had a part in it. */
    readonly redirected: boolean;
  }
  | { readonly kind: "unavailable"; readonly status: string; readonly reason: string };

/** Addresses one recipient may lead to: a bound on loops nobody thought of. */
const MAX_ADDRESSES = 1000;

/**
 * Follows a recipient through the steps until every address has led somewhere. An address that
 * comes up again is not followed again, which ends all loops (A15); a chain that leads nowhere
 * but in a circle is rejected.
 */
export async function followChain(
  first: Recipient,
  { steps, read }: { steps: readonly Step[]; read: (address: string) => Recipient },
): Promise<ChainResult> {
  const destinations = new Map<string, Destination>();
  const story: ChainStep[] = [];
  const seen = new Set([first.key]);
  const waiting = [first];
  for (let recipient = waiting.shift(); recipient; recipient = waiting.shift()) {
    const result = await firstAnswer(recipient, steps);
    if (result.kind === "unavailable") return result;
    story.push({ address: recipient.address, text: result.text });
    for (const destination of result.destinations) {
      destinations.set(keyOf(destination, read), destination);
    }
    for (const next of result.next.map(read)) {
      if (seen.has(next.key)) {
        story.push({ address: next.address, text: "was in this chain before: not followed again" });
      } else if (seen.size < MAX_ADDRESSES) {
        seen.add(next.key);
        waiting.push(next);
      }
    }
  }
  if (destinations.size === 0) {
    const reason = "The address is forwarded in a circle";
    story.push({ address: first.address, text: `is rejected: ${reason}` });
    const end = { kind: "reject", address: first.address, status: "5.4.6", reason } as const;
    destinations.set(keyOf(end, read), end);
  }
  return {
    kind: "resolved",
    destinations: [...destinations.values()],
    steps: story,
    redirected: seen.size > 1,
  };
}

async function firstAnswer(
  recipient: Recipient,
  steps: readonly Step[],
): Promise<Exclude<StepResult, { kind: "pass" }>> {
  for (const step of steps) {
    const result = await step(recipient);
    if (result.kind !== "pass") return result;
  }
  throw new Error("The last step of a recipient chain passed");
}

function keyOf(destination: Destination, read: (address: string) => Recipient): string {
  switch (destination.kind) {
    case "maildrop":
      return `maildrop ${destination.user}`;
    case "robot":
      return `robot ${destination.user ?? ""} ${destination.command}`;
    case "file":
      return `file ${destination.path}`;
    case "relay":
    case "reject":
      return `${destination.kind} ${read(destination.address).key}`;
  }
}
