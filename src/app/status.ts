import { type Config, type ConfigProblem, formatProblemPlainly } from "../config/mod.ts";
import type { CallEvent, CallProgress, CallReason } from "../domain/link/mod.ts";
import type { Logs } from "../platform/mod.ts";
import type { StatusSnapshot, StatusSource } from "../servers/httpd/mod.ts";
import type { MailboxSize } from "../store/mod.ts";
import { ChangeFeed } from "./change_feed.ts";
import type { Core } from "./core.ts";
import type { ManagerPassword } from "./manager_password.ts";
import type { RunningServer } from "./servers.ts";
import { VERSION } from "./version.ts";
import type { World } from "./world.ts";

/** How many queue entries and mailboxes are looked at; the page says how many there are. */
const MAX_QUEUE_ENTRIES = 100;
const MAX_MAILBOXES = 500;

/** What the status page is told from. */
export interface StatusDeps {
  readonly config: () => Config;
  readonly problems: () => readonly ConfigProblem[];
  readonly core: Core;
  readonly servers: () => readonly RunningServer[];
  readonly password: () => ManagerPassword;
  readonly logs: Logs;
  readonly world: World;
}

/** The call that runs, as far as it has come: the latest event of each kind and account. */
interface RunningCall {
  readonly startedAtMs: number;
  readonly reason: CallReason;
  readonly events: Map<string, CallProgress>;
}

/** Says at any moment how the appliance is, for the page and for `tellsmtp status`. */
export class Status implements StatusSource, Disposable {
  readonly #deps: StatusDeps;
  readonly #startedAtMs: number;
  readonly #feed: ChangeFeed;
  readonly #subscriptions = new DisposableStack();
  #call: RunningCall | undefined;

  constructor(deps: StatusDeps) {
    const { core, logs, world: { clock } } = deps;
    this.#deps = deps;
    this.#startedAtMs = clock.now();
    this.#feed = new ChangeFeed({ clock });
    this.#subscriptions.use(logs.subscribe(() => this.#feed.notify()));
    this.#subscriptions.use(core.link.onChange(() => this.#feed.notify()));
    this.#subscriptions.use(core.calls.caller.subscribe((event) => this.#onCall(event)));
  }

  [Symbol.dispose](): void {
    this.#subscriptions.dispose();
  }

  changes(signal: AbortSignal): AsyncIterable<void> {
    return this.#feed.watch(signal);
  }

  checkPassword(password: string): Promise<"right" | "wrong" | "not set"> {
    return this.#deps.password().check(password);
  }

  callNow(): "started" | "already running" {
    return this.#deps.core.calls.caller.callNow("page").outcome;
  }

  async snapshot(): Promise<StatusSnapshot> {
    const { config, core, logs, servers, problems, world: { clock } } = this.#deps;
    const { caller } = core.calls;
    return {
      atMs: clock.now(),
      hostname: config().domains.main,
      version: VERSION,
      startedAtMs: this.#startedAtMs,
      line: this.#line(),
      lastCall: caller.last,
      accounts: [...caller.accounts.values()].map(({ report, atMs }) => ({ ...report, atMs })),
      accountsTotal: config().popfetch.accounts.length,
      queue: await Array.fromAsync(core.queue.list({ limit: MAX_QUEUE_ENTRIES })),
      queueTotal: core.queue.counts().messages,
      suspended: core.queue.suspended,
      users: await this.#mailboxes(),
      servers: servers().map(({ name, listening, sessions }) => ({
        name,
        listening,
        sessions: sessions(),
      })),
      certificate: {
        fingerprint: core.tls.current.fingerprintSha256,
        notAfterMs: core.tls.current.notAfterMs,
      },
      banned: core.guard.bans.list().length,
      passwordSet: await this.#deps.password().isSet(),
      problems: problems().map((problem) => ({
        severity: problem.severity,
        text: formatProblemPlainly(problem),
      })),
      log: logs.recent(),
    };
  }

  #line(): StatusSnapshot["line"] {
    const { link, calls: { caller } } = this.#deps.core;
    const call = this.#call;
    return {
      state: link.state,
      description: link.description,
      sinceMs: link.sinceMs,
      nextCallMs: caller.nextCallMs,
      call: call && {
        startedAtMs: call.startedAtMs,
        reason: call.reason,
        events: [...call.events.values()],
      },
    };
  }

  async #mailboxes(): Promise<readonly MailboxSize[]> {
    const { accounts } = this.#deps.core;
    const users = await accounts.list();
    return await Promise.all(users.slice(0, MAX_MAILBOXES).map((user) => this.#mailbox(user)));
  }

  async #mailbox(user: string): Promise<MailboxSize> {
    try {
      return await this.#deps.core.maildrops.size(user);
    } catch (error) {
      // Called like a directory of ours, for example: such a user never gets mail.
      if (error instanceof RangeError) return { user, messages: 0, octets: 0 };
      throw error;
    }
  }

  #onCall(event: CallEvent): void {
    switch (event.kind) {
      case "started":
        this.#call = { startedAtMs: event.atMs, reason: event.reason, events: new Map() };
        break;
      case "progress":
        this.#call?.events.set(subjectOf(event.event), event.event);
        break;
      case "ended":
        this.#call = undefined;
    }
    this.#feed.notify();
  }
}

/** What an event is about: a later one about the same takes its place. */
function subjectOf(event: CallProgress): string {
  switch (event.kind) {
    case "account":
      return `account ${event.account}`;
    case "account done":
      return `account ${event.report.account}`;
    case "etrn":
      return `etrn ${event.report.domain}`;
    default:
      return event.kind;
  }
}
