import type { ChainStep, Destination } from "./mod.ts";
import { type Recipient, wholeAddress } from "./recipient.ts";
import { nameOf } from "./story.ts";

/** What one step says about a recipient. */
export type StepResult =
  /** Not its business: the next step is asked. */
  | { readonly kind: "pass" }
  | Led
  | Unavailable;

/** Where the recipient leads. */
export interface Led {
  readonly kind: "led";
  readonly destinations: readonly Destination[];
  /** Addresses, or names in the recipient's domain, that go through the whole chain (A15). */
  readonly next: readonly string[];
  /** Whether the message vanishes by somebody's wish. */
  readonly discards: boolean;
  /** Whether the recipient is one of those who get the message: the steps behind are asked too. */
  readonly goesOn: boolean;
  /** What the step did, in words. */
  readonly text: string;
}

/** It cannot be said now. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly status: string;
  readonly reason: string;
}

/** What a step may know beside the recipient. */
export interface StepContext {
  /** Whether a step before has led elsewhere: the mail is not lost if the recipient is nobody. */
  readonly redirected: boolean;
}

/** One rule of the chain. The last one of a chain never passes. */
export type Step = (
  recipient: Recipient,
  context: StepContext,
) => StepResult | Promise<StepResult>;

/** Where a recipient leads in the end. */
export interface Followed {
  readonly kind: "resolved";
  readonly destinations: readonly Destination[];
  readonly steps: readonly ChainStep[];
  /** Whether anything but the recipient itself had a part in it. */
  readonly redirected: boolean;
  /** Whether the recipient itself, and not one it is redirected to, is to be relayed. */
  readonly relaysItself: boolean;
  /** Whether the message vanishes by somebody's wish, for all or for one of those it leads to. */
  readonly discards: boolean;
}

/** Where a recipient leads in the end, or why that cannot be said now. */
export type ChainResult = Followed | (Unavailable & { readonly steps: readonly ChainStep[] });

/** Addresses one recipient may lead to, and destinations: a bound on loops nobody thought of. */
const MAX_ADDRESSES = 1000;

/**
 * Follows a recipient through the steps until every address has led somewhere. An address that
 * comes up again is not followed again, which ends all loops (A15); a chain that leads nowhere
 * but in a circle is rejected, and so is what is beyond the bound.
 */
export async function followChain(
  first: Recipient,
  options: { readonly steps: readonly Step[]; readonly read: (address: string) => Recipient },
): Promise<ChainResult> {
  const chain = new Chain(first, options);
  for (let recipient = chain.next(); recipient; recipient = chain.next()) {
    const unavailable = await chain.follow(recipient);
    if (unavailable !== undefined) {
      chain.tell(recipient, `cannot be followed now: ${unavailable.reason}`);
      return { ...unavailable, steps: chain.steps };
    }
  }
  return chain.end();
}

class Chain {
  readonly steps: ChainStep[] = [];
  readonly #first: Recipient;
  readonly #rules: readonly Step[];
  readonly #read: (address: string) => Recipient;
  readonly #destinations = new Map<string, Destination>();
  readonly #seen: Set<string>;
  readonly #waiting: Recipient[];
  #redirected = false;
  #relaysItself = false;
  #discards = false;
  #isFull = false;

  constructor(
    first: Recipient,
    { steps, read }: {
      readonly steps: readonly Step[];
      readonly read: (address: string) => Recipient;
    },
  ) {
    this.#first = first;
    this.#rules = steps;
    this.#read = read;
    this.#seen = new Set([first.key]);
    this.#waiting = [first];
    this.steps.push({ kind: "start", address: first.address, name: first.name });
  }

  next(): Recipient | undefined {
    return this.#waiting.shift();
  }

  /** Asks the steps about a recipient, in their order, as long as they let it go on. */
  async follow(recipient: Recipient): Promise<Unavailable | undefined> {
    let redirected = false;
    for (const rule of this.#rules) {
      const result = await rule(recipient, { redirected });
      if (result.kind === "unavailable") return result;
      if (result.kind === "pass") continue;
      redirected ||= leadsElsewhere(result);
      this.#take(recipient, result);
      if (!result.goesOn) return undefined;
    }
    throw new Error("The last step of a recipient chain let a recipient pass");
  }

  tell(recipient: Recipient, text: string): void {
    this.steps.push({ kind: "rule", address: recipient.address, text });
  }

  end(): Followed {
    if (this.#isFull) {
      this.#reject("5.3.5", `The address leads to more than ${MAX_ADDRESSES} others`);
    } else if (this.#destinations.size === 0 && !this.#discards) {
      this.#reject("5.4.6", "The address is forwarded in a circle");
    }
    return {
      kind: "resolved",
      destinations: [...this.#destinations.values()],
      steps: this.steps,
      redirected: this.#redirected,
      relaysItself: this.#relaysItself,
      discards: this.#discards,
    };
  }

  #take(recipient: Recipient, { destinations, next, discards, text }: Led): void {
    this.tell(recipient, text);
    this.#discards ||= discards;
    this.#redirected ||= discards || next.length > 0;
    for (const destination of destinations) this.#add(recipient, destination);
    for (const written of next) {
      const address = wholeAddress(written, recipient);
      this.#follow(recipient, this.#read(address));
    }
  }

  #add(recipient: Recipient, destination: Destination): void {
    if (destination.kind === "robot" || destination.kind === "file") this.#redirected = true;
    if (destination.kind === "relay" && recipient === this.#first) this.#relaysItself = true;
    const key = keyOf(destination, this.#read);
    if (this.#destinations.has(key)) return;
    if (this.#destinations.size >= MAX_ADDRESSES) {
      this.#isFull = true;
      return;
    }
    this.#destinations.set(key, destination);
    const name = nameOf(destination);
    if (name !== undefined) this.steps.push({ kind: "add", address: recipient.address, name });
  }

  #follow(from: Recipient, next: Recipient): void {
    if (this.#seen.has(next.key)) {
      this.tell(next, "was in this chain before: not followed again");
    } else if (this.#seen.size >= MAX_ADDRESSES) {
      this.#isFull = true;
    } else {
      this.#seen.add(next.key);
      this.#waiting.push(next);
      this.steps.push({ kind: "add", address: from.address, name: next.address });
    }
  }

  #reject(status: string, reason: string): void {
    const { address } = this.#first;
    this.tell(this.#first, `is rejected: ${reason}`);
    const end: Destination = { kind: "reject", address, status, reason };
    this.#destinations.set(keyOf(end, this.#read), end);
  }
}

/** A list that names only the recipient leads nowhere else. */
function leadsElsewhere({ destinations, next, discards }: Led): boolean {
  return destinations.length > 0 || next.length > 0 || discards;
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
