import type { Maildrop, MaildropMessage } from "../../store/mod.ts";

/** What a message number leads to. */
export type Selection =
  | { readonly kind: "message"; readonly message: MaildropMessage }
  | { readonly kind: "deleted" }
  | { readonly kind: "none" };

/**
 * A locked maildrop during a session: message numbers, and deletions that are only marks until QUIT
 * (RFC 1939 section 5). Disposing it unlocks and forgets the marks.
 */
export class Transaction implements AsyncDisposable {
  readonly user: string;
  /** How many messages were sent whole, and how many octets of messages at all. */
  readonly sent = { messages: 0, octets: 0 };
  /** How many messages {@linkcode Transaction.update} has removed. */
  removed = 0;
  readonly #maildrop: Maildrop;
  readonly #deleted = new Set<number>();
  #octets = 0;

  constructor(user: string, maildrop: Maildrop) {
    this.user = user;
    this.#maildrop = maildrop;
    this.reset();
  }

  /** How many messages are left, not counting deleted ones. */
  get count(): number {
    return this.#maildrop.messages.length - this.#deleted.size;
  }

  /** Octets of the messages that are left. */
  get octets(): number {
    return this.#octets;
  }

  /** Messages that are left, with their numbers. */
  *remaining(): Generator<readonly [number: number, message: MaildropMessage]> {
    for (const [index, message] of this.#maildrop.messages.entries()) {
      if (!this.#deleted.has(index + 1)) yield [index + 1, message];
    }
  }

  select(number: number): Selection {
    const message = this.#maildrop.messages[number - 1];
    if (message === undefined) return { kind: "none" };
    return this.#deleted.has(number) ? { kind: "deleted" } : { kind: "message", message };
  }

  read(message: MaildropMessage): ReadableStream<Uint8Array> {
    return this.#maildrop.read(message.uid);
  }

  delete(number: number): void {
    const selection = this.select(number);
    if (selection.kind !== "message") return;
    this.#deleted.add(number);
    this.#octets -= selection.message.sizeOctets;
  }

  /** Takes all marks back. */
  reset(): void {
    this.#deleted.clear();
    this.#octets = this.#maildrop.messages.reduce((sum, { sizeOctets }) => sum + sizeOctets, 0);
  }

  /** The UPDATE state: removes what is marked, all or (if it throws) none. */
  async update(): Promise<void> {
    const uids = [...this.#deleted].flatMap((n) => this.#maildrop.messages[n - 1]?.uid ?? []);
    if (uids.length > 0) await this.#maildrop.remove(uids);
    this.removed = uids.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#maildrop[Symbol.asyncDispose]();
  }
}
