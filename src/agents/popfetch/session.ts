import type { AccountReport, CallProgress } from "../../domain/link/mod.ts";
import { isDiskFull, messageOf } from "../../platform/mod.ts";
import type { FetchJournal } from "../../store/mod.ts";
import { Pop3Client, type Pop3ClientDeps } from "./client.ts";
import { type DudGuard, StoppedError } from "./dud_guard.ts";
import { queueListing, readListing } from "./listing.ts";
import { learnTraits, queueLogin, readLogin, type ServerTraits } from "./login.ts";
import { Mailbox, type MailboxItem } from "./mailbox.ts";
import type { FetchAccount } from "./options.ts";
import { inTurn } from "./pipeline.ts";
import { previewMessage } from "./preview.ts";
import { Pop3Error } from "./pop3_error.ts";
import { noCounts, reportSession } from "./report.ts";
import { type TakeDeps, takeMessage, type TakeRules } from "./take_message.ts";

/** What is remembered of an account from one call to the next, while the program runs. */
export interface AccountMemory {
  readonly traits: ServerTraits;
  /** How often in a row a session ended while it was at a message. */
  readonly failures: Map<string, number>;
}

/** What a session is made of. */
export interface SessionDeps extends TakeDeps, Pop3ClientDeps {
  readonly rules: TakeRules;
  readonly memory: AccountMemory;
  readonly duds: DudGuard;
  readonly progress: (event: CallProgress) => void;
}

/** What a session came to; `unreachable` is worth another try soon (B52). */
export interface SessionResult {
  readonly report: AccountReport;
  readonly unreachable: boolean;
}

const DAY_MS = 24 * 3_600_000;

/** How many RETR, and how many octets of them, may be under way at once. */
const RETR_WINDOW = { commands: 32, octets: 256 * 1024 };

/** How many DELE may be under way at once. */
const DELE_WINDOW = { commands: 200 };

/** How many messages a preview looks into; of the others it tells the number. */
const MAX_PREVIEWED = 200;

/** How often progress within a message is told, in ms. */
const PROGRESS_MS = 500;

/** A message that ended so many sessions is fetched behind all others, if nothing is to be deleted. */
const TROUBLESOME = 2;

/**
 * How much longer than listed a message may be: sizes are estimates on many servers, so it takes a
 * lot to call one endless.
 */
const SIZE_FACTOR = 4;
const SIZE_SLACK_OCTETS = 64 * 1024 * 1024;

/** One session with one mailbox. */
export class FetchSession {
  readonly #account: FetchAccount;
  readonly #deps: SessionDeps;
  readonly #signal: AbortSignal;
  readonly #counts = noCounts();
  /** The message that is being fetched. */
  #current: MailboxItem | undefined;
  /** How far fetching has come, but for the octets, and when that was told. */
  #fetching = { messages: 0, messagesTotal: 0, octetsTotal: 0, toldMs: 0 };

  constructor(account: FetchAccount, deps: SessionDeps, signal: AbortSignal) {
    this.#account = account;
    this.#deps = deps;
    this.#signal = signal;
  }

  /** Collects what is new and deletes what is safe here. Never throws. */
  async collect(): Promise<SessionResult> {
    return await this.#report(this.#deps.journal, async (client, mailbox) => {
      const { troublesome, others } = this.#wanted(mailbox);
      await this.#fetch(client, mailbox, others);
      // What is deleted is gone only after QUIT, which a troublesome message may keep from coming.
      const mayWait = mailbox.items.some((item) => this.#mayGo(item));
      if (!mayWait) await this.#fetch(client, mailbox, troublesome);
      else for (const { number } of troublesome) this.#leave(`message ${number} ends sessions`);
      await this.#deleteAndQuit(client, mailbox);
    });
  }

  /** Looks what there is and changes nothing. Never throws. */
  async preview(): Promise<SessionResult> {
    const journal = { ...this.#deps.journal, set() {}, keepOnly() {} };
    return await this.#report(journal, async (client, mailbox) => {
      const { troublesome, others } = this.#wanted(mailbox);
      const wanted = [...others, ...troublesome];
      this.#counts.wanted = wanted.length;
      for (const item of wanted.slice(0, MAX_PREVIEWED)) {
        const text = await previewMessage(client, item, this.#deps.rules, this.#deps);
        this.#deps.progress({ kind: "line", text: `${this.#deps.rules.account}: ${text}` });
      }
      await client.ask("QUIT");
    });
  }

  async #report(
    journal: FetchJournal,
    work: (client: Pop3Client, mailbox: Mailbox) => Promise<void>,
  ): Promise<SessionResult> {
    const { clock, log, rules } = this.#deps;
    const start = clock.monotonic();
    let problem: string | undefined;
    let unreachable = false;
    try {
      await this.#session(journal, work);
    } catch (error) {
      problem = this.#signal.aborted ? "the call was broken off" : inWords(error);
      unreachable = error instanceof Pop3Error && error.kind === "unreachable";
      this.#noteFailure(error);
      log.warn("Fetch ended early", { account: rules.account, reason: problem });
    }
    const durationMs = Math.round(clock.monotonic() - start);
    const report = reportSession(rules.account, this.#counts, { problem, durationMs });
    this.#tell("done", this.#counts.fetched, this.#counts.octets);
    return { report, unreachable };
  }

  async #session(
    journal: FetchJournal,
    work: (client: Pop3Client, mailbox: Mailbox) => Promise<void>,
  ): Promise<void> {
    const { memory, rules } = this.#deps;
    const { user, password } = this.#account;
    this.#tell("connecting");
    using client = await Pop3Client.connect(this.#account, this.#deps, this.#signal);
    await learnTraits(client, memory.traits);
    queueLogin(client, user, password);
    queueListing(client);
    await readLogin(client);
    this.#tell("listing");
    const listed = await readListing(client);
    this.#counts.waiting = listed.length;
    const mailbox = await Mailbox.open({ client, account: rules.account, journal }, listed);
    this.#forgetFailures(mailbox);
    try {
      await work(client, mailbox);
    } catch (error) {
      // Whoever read from the socket may have put its failure into other words.
      throw client.failure ?? error;
    }
  }

  /** Messages to fetch; those that ended sessions before come behind the others. */
  #wanted({ items }: Mailbox) {
    const { maxOctets } = this.#account;
    const isNew = items.filter((item) => item.state === undefined || item.doubtful);
    const wanted = isNew.filter(({ octets }) => maxOctets === 0 || octets <= maxOctets);
    this.#counts.tooLarge = isNew.length - wanted.length;
    const { troublesome = [], others = [] } = Object.groupBy(
      wanted,
      (item) => this.#failuresOf(item) >= TROUBLESOME ? "troublesome" : "others",
    );
    return { troublesome, others };
  }

  async #fetch(
    client: Pop3Client,
    mailbox: Mailbox,
    wanted: readonly MailboxItem[],
  ): Promise<void> {
    const octetsOf = ({ octets }: MailboxItem) => octets;
    const octetsTotal = wanted.reduce((sum, item) => sum + item.octets, 0);
    this.#current = wanted[0];
    const replies = inTurn(client, wanted, ({ number }) => `RETR ${number}`, {
      ...RETR_WINDOW,
      octetsOf,
    });
    let done = 0;
    const tell = () => {
      const toldMs = this.#deps.clock.monotonic();
      this.#fetching = { messages: done, messagesTotal: wanted.length, octetsTotal, toldMs };
      this.#tell("fetching", done, this.#counts.octets, wanted.length, octetsTotal);
    };
    for await (const { item, reply } of replies) {
      this.#current = item;
      tell();
      if (reply.ok) await this.#take(client, mailbox, item);
      else this.#leave(`the server does not give message ${item.number} (${reply.text})`);
      this.#current = wanted[++done];
    }
    tell();
  }

  async #take(client: Pop3Client, mailbox: Mailbox, item: MailboxItem): Promise<void> {
    const { duds, journal, rules, memory } = this.#deps;
    const body = this.#counted(client.body(SIZE_FACTOR * item.octets + SIZE_SLACK_OCTETS));
    const identify = (fields: Parameters<Mailbox["identify"]>[1]) => mailbox.identify(item, fields);
    const taken = await takeMessage(body, identify, rules, this.#deps);
    const { id } = taken.identity;
    memory.failures.delete(id);
    switch (taken.kind) {
      case "deferred":
        return this.#leave(taken.reason);
      case "known":
        break;
      case "delivered":
        duds.delivered();
        this.#counts.fetched++;
        break;
      case "dud":
        duds.dud();
        this.#counts.duds++;
    }
    item.state = journal.get(rules.account, id);
    // Without QUIT the messages stay on the server; the journal knows them.
    if (duds.stopped !== undefined) throw new StoppedError(duds.stopped);
  }

  /** Everything that is durable here, and need not stay, goes; the rest is remembered. */
  async #deleteAndQuit(client: Pop3Client, mailbox: Mailbox): Promise<void> {
    const going = mailbox.items.filter((item) => this.#mayGo(item));
    const deleted = new Set<MailboxItem>();
    const commands: (MailboxItem | "QUIT")[] = [...going, "QUIT"];
    this.#tell("deleting", going.length, this.#counts.octets);
    try {
      const command = (item: MailboxItem | "QUIT") =>
        item === "QUIT" ? item : `DELE ${item.number}`;
      for await (const { item, reply } of inTurn(client, commands, command, DELE_WINDOW)) {
        if (item !== "QUIT" && reply.ok) deleted.add(item);
        if (item === "QUIT" && !reply.ok) throw new Pop3Error("refused", reply.text);
      }
      mailbox.forgetAllBut(mailbox.items.filter((item) => !deleted.has(item)));
    } catch (error) {
      if (!(error instanceof Pop3Error)) throw error;
      // All is safe here. Whether the server has deleted it the next session will see.
      this.#counts.unconfirmed = going.length > 0;
      const { account } = this.#deps.rules;
      this.#deps.log.warn("No orderly end of the session", { account, reason: error.message });
    }
  }

  #mayGo(item: MailboxItem): boolean {
    const { keepDays } = this.#account;
    // A name that may mean another message is not to be trusted.
    if (item.state === undefined || item.doubtful) return false;
    return keepDays === 0 || this.#deps.clock.now() - item.state.atMs >= keepDays * DAY_MS;
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of body) {
      this.#counts.octets += chunk.length;
      this.#tellOfLongMessage();
      yield chunk;
    }
  }

  /** A large message takes minutes on a thin line: whoever watches must see it move. */
  #tellOfLongMessage(): void {
    const { messages, messagesTotal, octetsTotal, toldMs } = this.#fetching;
    const nowMs = this.#deps.clock.monotonic();
    if (nowMs - toldMs < PROGRESS_MS) return;
    this.#fetching.toldMs = nowMs;
    this.#tell("fetching", messages, this.#counts.octets, messagesTotal, octetsTotal);
  }

  #leave(reason: string): void {
    this.#counts.later++;
    this.#counts.laterReason ||= reason;
  }

  #failuresOf(item: MailboxItem): number {
    return this.#deps.memory.failures.get(nameOf(item)) ?? 0;
  }

  /** Of messages that are gone. */
  #forgetFailures({ items }: Mailbox): void {
    const { failures } = this.#deps.memory;
    const listed = new Set(items.map(nameOf));
    for (const name of failures.keys()) if (!listed.has(name)) failures.delete(name);
  }

  #noteFailure(error: unknown): void {
    const { memory } = this.#deps;
    if (error instanceof Pop3Error && memory.traits.pipelining === true) {
      // It may come from commands that were sent together: one by one next time.
      const odd = error.kind === "protocol" ||
        (error.kind === "dropped" && this.#current === undefined);
      if (odd) memory.traits.pipelining = false;
    }
    if (this.#current === undefined) return;
    memory.failures.set(nameOf(this.#current), this.#failuresOf(this.#current) + 1);
  }

  #tell(
    phase: Extract<CallProgress, { kind: "account" }>["phase"],
    messages = 0,
    octets = 0,
    messagesTotal = messages,
    octetsTotal = octets,
  ): void {
    const { account } = this.#deps.rules;
    const counts = { messages, messagesTotal, octets, octetsTotal };
    this.#deps.progress({ kind: "account", account, phase, ...counts });
  }
}

/** What failures are counted under: a message without an id has only its number. */
function nameOf({ id, number }: MailboxItem): string {
  return id ?? String(number);
}

function inWords(error: unknown): string {
  if (error instanceof Pop3Error || error instanceof StoppedError) return error.message;
  if (isDiskFull(error)) return "the disk is full; what was not stored is still at the provider";
  return `cannot store mail: ${messageOf(error)}`;
}
