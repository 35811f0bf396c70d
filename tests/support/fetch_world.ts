import {
  createPopfetch,
  type FetchAccount,
  type Popfetch,
  type PopfetchOptions,
} from "../../src/agents/popfetch/mod.ts";
import type { AccountReport, CallProgress } from "../../src/domain/link/mod.ts";
import type { Queue, Submission } from "../../src/domain/queue/mod.ts";
import type { Router, Verdict } from "../../src/domain/routing/mod.ts";
import {
  type Chunks,
  type Database,
  diskFiles,
  type Files,
  type Net,
  openDatabase,
} from "../../src/platform/mod.ts";
import { type FetchJournal, openJournal, type QueueId } from "../../src/store/mod.ts";
import { collected } from "./chunks.ts";
import { ManualClock } from "./manual_clock.ts";
import { MemoryNet } from "./memory_net.ts";
import type { ScriptedPop3 } from "./scripted_pop3.ts";
import { SeededRandom } from "./seeded_random.ts";
import { silentLog } from "./silent_log.ts";

/** A message that came through the one door. */
export interface Delivered {
  readonly id: string;
  readonly submission: Submission;
  readonly to: readonly string[];
  /** Trace and body. */
  readonly text: string;
  /** Body alone. */
  readonly body: string;
}

/** A queue that keeps what it is given, and fails when it is told to. */
export class FakeQueue implements Pick<Queue, "submit"> {
  readonly delivered: Delivered[] = [];
  /** What happens at a submission: nothing, a full disk, or a crash behind the commit. */
  fault: (submission: Submission) => "none" | "before commit" | "crash after commit" = () => "none";
  error: Error = new Error("No space left on device (os error 28)");

  async submit(submission: Submission, body: Chunks): Promise<QueueId> {
    const fault = this.fault(submission);
    if (fault === "before commit") throw this.error;
    const text = await collected(body);
    const id = `Q${this.delivered.length + 1}` as QueueId;
    const to = submission.envelope.recipients.map(({ address }) => address);
    const trace = submission.trace?.(id) ?? "";
    this.delivered.push({ id, submission, to, text: trace + text, body: text });
    if (fault === "crash after commit") throw new Error("The machine has crashed");
    try {
      await submission.afterCommit?.(id);
    } catch (error) {
      this.delivered.pop();
      throw error;
    }
    return id;
  }
}

/** A router that knows some users of `office.example`. */
export class FakeRouter implements Pick<Router, "check" | "isLocal"> {
  readonly users = new Set(["anna", "bob", "carl", "caretaker"]);
  /** Users of whom nobody can say now whether they exist. */
  readonly unclear = new Set<string>();

  isLocal(address: string): boolean {
    return address.toLowerCase().endsWith("@office.example");
  }

  check(address: string): Promise<Verdict> {
    const user = address.toLowerCase().split("@")[0] ?? "";
    if (this.unclear.has(user)) {
      return Promise.resolve({ kind: "defer", status: "4.3.0", reason: "The database is away" });
    }
    return Promise.resolve(
      this.users.has(user)
        ? { kind: "accept", to: "local", users: [] }
        : { kind: "refuse", status: "5.1.1", reason: "User unknown" },
    );
  }
}

/** The account every test collects from unless it says otherwise. */
export const ACCOUNT: FetchAccount = {
  user: "office",
  password: "secret",
  host: "pop.provider.example",
  port: 110,
  tls: "none",
  keepDays: 0,
  maxOctets: 0,
};

/** Everything around POPFetch, in memory. Disposing it closes its database. */
export class FetchWorld implements Disposable {
  readonly clock = new ManualClock();
  readonly queue = new FakeQueue();
  readonly router = new FakeRouter();
  readonly database: Database = openDatabase(":memory:");
  journal: FetchJournal = openJournal(this.database);
  readonly progress: CallProgress[] = [];
  readonly logged: string[] = [];
  files: Files = diskFiles();
  net: MemoryNet;
  /** Used instead of {@linkcode net}: real sockets. */
  realNet: Net | undefined;
  /** Certificate authorities that are trusted. */
  caCerts: readonly string[] = [];
  options: PopfetchOptions;
  readonly server: ScriptedPop3;

  constructor(server: ScriptedPop3, options: Partial<PopfetchOptions> = {}) {
    this.server = server;
    this.net = this.dial();
    this.options = {
      accounts: [ACCOUNT],
      header: "",
      domain: "",
      defaultAddress: "caretaker@office.example",
      maxDuds: 10,
      retryDelayMs: 0,
      workPath: "/nonexistent",
      hostname: "mail.office.example",
      ...options,
    };
  }

  /** A fresh network, as after a dropped line. */
  dial(): MemoryNet {
    return this.net = new MemoryNet({ "pop.provider.example:110": this.server.serve });
  }

  /** POPFetch as it is after a start of the program. */
  start(): Popfetch {
    const log = (event: string) => void this.logged.push(event);
    return createPopfetch(this.options, {
      ...this,
      net: this.realNet ?? this.net,
      log: { ...silentLog, warn: log, error: log },
      random: new SeededRandom(1),
    });
  }

  /** One call of a program that was just started. */
  async collect(popfetch: Popfetch = this.start()): Promise<AccountReport> {
    const [report] = await popfetch.collect(
      (event) => void this.progress.push(event),
      new AbortController().signal,
    );
    if (report === undefined) throw new Error("No report");
    return report;
  }

  [Symbol.dispose](): void {
    this.database[Symbol.dispose]();
  }
}

/** A message for bob, different for each number. */
export function messageTo(address: string, number: number, body = "Hello\r\n"): string {
  return [
    "Return-Path: <sender@world.example>",
    `Message-ID: <${number}@world.example>`,
    "From: Sender <sender@world.example>",
    `To: ${address}`,
    `Subject: Number ${number}`,
    "",
    body,
  ].join("\r\n");
}

/**
 * Lets time pass until `work` is done. Hashing runs on another thread: how far the work is when time
 * moves is chance, that it ends is not.
 */
export async function passTimeUntil<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const ended = work.finally(() => done = true);
  while (!done) await clock.advance(1_000);
  return await ended;
}
