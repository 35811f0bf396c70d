import type { StatusSnapshot, StatusSource } from "../../src/servers/httpd/mod.ts";
import type { QueueId } from "../../src/store/mod.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** When the samples were taken: a Friday noon. */
export const SAMPLE_TIME_MS = Date.UTC(2026, 10, 20, 12, 0, 0);

const FINGERPRINT = Array(8).fill("BE:FD:3B:F2").join(":");

/** A source that a test sets. Everything that was asked of it is remembered. */
export class FakeStatusSource implements StatusSource {
  /** What the next {@linkcode snapshot} tells; an error is thrown. */
  next: StatusSnapshot | Error;
  password: string | undefined = "open sesame";
  calls = 0;
  checked: string[] = [];
  snapshots = 0;
  #wake = new Set<() => void>();

  constructor(next: StatusSnapshot = richSnapshot()) {
    this.next = next;
  }

  /** Who follows the changes. */
  get followers(): number {
    return this.#wake.size;
  }

  /** Sets what there is to see from now on, and ticks. */
  change(next: StatusSnapshot | Error): void {
    this.next = next;
    for (const wake of this.#wake) wake();
  }

  snapshot(): Promise<StatusSnapshot> {
    this.snapshots++;
    return this.next instanceof Error ? Promise.reject(this.next) : Promise.resolve(this.next);
  }

  async *changes(signal: AbortSignal): AsyncGenerator<void> {
    while (!signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake.add(resolve);
      const ended = () => resolve();
      signal.addEventListener("abort", ended, { once: true });
      await promise;
      this.#wake.delete(resolve);
      signal.removeEventListener("abort", ended);
      if (!signal.aborted) yield;
    }
  }

  checkPassword(password: string): Promise<"right" | "wrong" | "not set"> {
    this.checked.push(password);
    if (this.password === undefined) return Promise.resolve("not set");
    return Promise.resolve(password === this.password ? "right" : "wrong");
  }

  callNow(): "started" | "already running" {
    this.calls++;
    return this.calls === 1 ? "started" : "already running";
  }
}

/** An appliance that was just installed: nothing is there yet. */
export function emptySnapshot(): StatusSnapshot {
  return {
    atMs: SAMPLE_TIME_MS,
    hostname: "mail.branch.example",
    version: "0.1.0",
    startedAtMs: SAMPLE_TIME_MS - 20_000,
    line: {
      state: "down",
      description: "dialled when needed",
      sinceMs: SAMPLE_TIME_MS - 20_000,
      nextCallMs: undefined,
      call: undefined,
    },
    lastCall: undefined,
    accounts: [],
    accountsTotal: 0,
    queue: [],
    queueTotal: 0,
    suspended: false,
    users: [],
    servers: [],
    certificate: { fingerprint: FINGERPRINT, notAfterMs: Date.UTC(2036, 10, 17) },
    banned: 0,
    passwordSet: false,
    problems: [],
    log: [],
  };
}

/** A branch office on an ordinary day, with an ordinary day's troubles. */
export function richSnapshot(): StatusSnapshot {
  const now = SAMPLE_TIME_MS;
  return {
    atMs: now,
    hostname: "mail.branch.example",
    version: "0.1.0",
    startedAtMs: now - 76 * HOUR_MS,
    line: {
      state: "down",
      description: "dialled when needed",
      sinceMs: now - 4 * MINUTE_MS,
      nextCallMs: now + 12 * MINUTE_MS,
      call: undefined,
    },
    lastCall: {
      startedAtMs: now - 5 * MINUTE_MS,
      reason: "schedule",
      line: "dialled",
      ok: false,
      summary: "Collected 12 messages, sent 3, in 48 s; 1 of 3 mailboxes could not be collected",
      durationMs: 48_000,
      etrn: [{ domain: "branch.example", ok: true, result: "250 Queuing started" }],
      accounts: [],
      flush: undefined,
    },
    accounts: richAccounts(now),
    accountsTotal: 3,
    queue: richQueue(now),
    queueTotal: 27,
    suspended: false,
    users: [
      ["accounts", 3, 48_211],
      ["anna", 12, 1_843_200],
      ["bjorn", 0, 0],
      ["chief", 148, 94_371_840],
      ["info", 1, 2_204],
      ["reception.and.front.desk@second-domain.branch.example", 4, 18_000],
      ["zoe", 0, 0],
    ].map(([user, messages, octets]) => ({ user, messages, octets })) as StatusSnapshot["users"],
    servers: [
      { name: "smtp", listening: ["192.168.7.2:25", "[fd00::2]:25"], sessions: 2 },
      { name: "submission", listening: ["192.168.7.2:587"], sessions: 0 },
      { name: "pop3", listening: ["192.168.7.2:110"], sessions: 5 },
      { name: "http", listening: ["192.168.7.2:8080"], sessions: 1 },
    ],
    certificate: { fingerprint: FINGERPRINT, notAfterMs: Date.UTC(2036, 10, 17) },
    banned: 3,
    passwordSet: true,
    problems: [
      {
        severity: "warning",
        text: "/etc/dmail.conf:41: Unknown setting smpt_port; did you mean smtp_port?",
      },
      {
        severity: "error",
        text: "/etc/dmail.conf:57: Cannot use link_window 25:00-26:00; write HH:MM-HH:MM",
      },
    ],
    log: richLog(now),
  };
}

/** The same office while the line is up and mail comes in. */
export function callingSnapshot(messages = 5): StatusSnapshot {
  const rich = richSnapshot();
  return {
    ...rich,
    line: {
      ...rich.line,
      state: "up",
      sinceMs: SAMPLE_TIME_MS - 22_000,
      call: {
        startedAtMs: SAMPLE_TIME_MS - 34_000,
        reason: "page",
        events: [
          { kind: "line", text: "the line is up after 12 s" },
          {
            kind: "etrn",
            report: { domain: "branch.example", ok: true, result: "250 Queuing started" },
          },
          {
            kind: "account",
            account: "office@pop.provider.example",
            phase: "fetching",
            messages,
            messagesTotal: 12,
            octets: messages * 31_000,
            octetsTotal: 412_000,
          },
          {
            kind: "account",
            account: "sales@pop.provider.example",
            phase: "connecting",
            messages: 0,
            messagesTotal: 0,
            octets: 0,
            octetsTotal: 0,
          },
          {
            kind: "account done",
            report: { ...rich.accounts[1]!, result: "the server refused the password" },
          },
          { kind: "sent", delivered: 3, waiting: 2, failed: 0 },
        ],
      },
    },
  };
}

function richAccounts(now: number): StatusSnapshot["accounts"] {
  const common = { skipped: 0, duds: 0, durationMs: 20_000 };
  return [
    {
      ...common,
      account: "office@pop.provider.example",
      result: "collected 12 messages",
      ok: true,
      waiting: 13,
      fetched: 12,
      skipped: 1,
      octets: 412_000,
      atMs: now - 4 * MINUTE_MS,
    },
    {
      ...common,
      account: "info@mail.other-provider.example",
      result: "the server refused the password",
      ok: false,
      waiting: 0,
      fetched: 0,
      octets: 0,
      atMs: now - 4 * MINUTE_MS,
    },
    {
      ...common,
      account: "sales@pop.provider.example",
      result: "nothing new",
      ok: true,
      waiting: 0,
      fetched: 0,
      octets: 0,
      atMs: now - 3 * HOUR_MS,
    },
  ];
}

function richQueue(now: number): StatusSnapshot["queue"] {
  const entry = (
    id: string,
    fields: Partial<StatusSnapshot["queue"][number]> & { readonly to: readonly string[] },
    pending: Partial<StatusSnapshot["queue"][number]["pending"][number]> = {},
  ): StatusSnapshot["queue"][number] => {
    const { to, ...rest } = fields;
    return {
      id: id as QueueId,
      sender: "anna@branch.example",
      sizeOctets: 18_300,
      submittedAtMs: now - 9 * MINUTE_MS,
      held: false,
      file: `/var/spool/dmail/queue/${id}.msg`,
      done: [],
      pending: to.map((address) => ({
        address,
        attempts: 0,
        nextAttemptMs: undefined,
        lastReason: "",
        ...pending,
      })),
      ...rest,
    };
  };
  return [
    entry("q1", { to: ["head.office@example.org"] }),
    entry("q2", {
      sender: "chief@branch.example",
      sizeOctets: 7_340_032,
      submittedAtMs: now - 3 * HOUR_MS,
      to: ["auditor@partner.example", "legal@partner.example", "a@b.example", "c@d.example"],
    }, {
      attempts: 2,
      nextAttemptMs: now + 25 * MINUTE_MS,
      lastReason: "partner.example says: 452 4.3.1 Insufficient system storage",
    }),
    entry("q3", {
      sender: "",
      to: ["someone-with-a-rather-long-address@a-rather-long-domain-name.example.net"],
      submittedAtMs: now - 50 * HOUR_MS,
    }, { attempts: 7, lastReason: "No connection to mail.example.net within 60 s" }),
    entry("q4", { sender: "bjorn@branch.example", held: true, to: ["all@example.org"] }),
  ];
}

function richLog(now: number): StatusSnapshot["log"] {
  const lines: readonly [number, string, StatusSnapshot["log"][number]["level"], string][] = [
    [4000, "dsmtp", "info", "Listening at=192.168.7.2:25"],
    [300, "popfetch", "info", "Call begun reason=schedule"],
    [288, "dialer", "info", "Line up ms=11873"],
    [
      280,
      "popfetch",
      "error",
      "Cannot collect account=info@mail.other-provider.example error=the server refused the password",
    ],
    [
      262,
      "popfetch",
      "info",
      "Collected account=office@pop.provider.example messages=12 octets=412000",
    ],
    [260, "dsmtp", "warn", "Refused to relay from=10.9.8.7 to=stranger@elsewhere.example"],
    [255, "mda", "info", "Delivered id=q77 to=anna ms=14"],
    [252, "dialer", "info", "Line down"],
  ];
  return lines.map(([secondsAgo, program, level, text]) => ({
    atMs: now - secondsAgo * 1000,
    program,
    level,
    text,
  }));
}
