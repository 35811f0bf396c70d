import { type Account, type Accounts, createUserNames } from "../../src/domain/accounts/mod.ts";
import type { Submission } from "../../src/domain/queue/mod.ts";
import {
  createAliases,
  createRouter,
  PatternIndex,
  type RoutingTables,
} from "../../src/domain/routing/mod.ts";
import { splitAddress } from "../../src/formats/address.ts";
import { type Chunks, type Clock, type Endpoint, systemClock } from "../../src/platform/mod.ts";
import {
  type Door,
  type PolicyOptions,
  type Smtpd,
  type SmtpdDependencies,
  type SmtpdOptions,
  startSmtpd,
} from "../../src/servers/smtpd/mod.ts";
import type { QueueId } from "../../src/store/mod.ts";
import { parseIpList } from "../../src/formats/ip_list.ts";
import { FakeAccounts } from "./fake_accounts.ts";
import { guardWith } from "./guards.ts";
import { silentLog } from "./silent_log.ts";

/** A message as {@linkcode RememberingQueue} got it. */
export interface RememberedMessage extends Submission {
  readonly id: QueueId;
  /** What the trace function made. */
  readonly traceText: string;
  readonly body: Uint8Array;
}

/** A queue that keeps what it is given, and fails when a test says so. */
export class RememberingQueue {
  readonly messages: RememberedMessage[] = [];
  /** Submissions that failed or are under way. */
  unfinished = 0;
  octets = 0;
  failure: Error | undefined;
  /** Awaited after each chunk, as a slow disk does. */
  gate: Promise<void> | undefined;

  /** Resolves when the first octets of a message have come. */
  readonly begun = Promise.withResolvers<void>();

  async submit(submission: Submission, body: Chunks): Promise<QueueId> {
    this.unfinished++;
    const id = `Q${this.messages.length + 1}` as QueueId;
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of body) {
      this.octets += chunk.length;
      this.begun.resolve();
      chunks.push(Uint8Array.from(chunk));
      if (this.failure !== undefined) throw this.failure;
      await this.gate;
    }
    if (this.failure !== undefined) throw this.failure;
    const whole = new Uint8Array(await new Blob(chunks).arrayBuffer());
    this.messages.push({ ...submission, id, traceText: submission.trace?.(id) ?? "", body: whole });
    this.unfinished--;
    return id;
  }
}

/** Accounts that a test names; `down` cannot be looked up. */
export function fakeAccounts(accounts: readonly Account[]): Pick<Accounts, "lookup" | "list"> {
  return {
    lookup(name) {
      const user = splitAddress(name).local;
      if (user === "down") return Promise.resolve({ kind: "unavailable", reason: "Disk asleep" });
      const account = accounts.find((account) => account.user === user.toLowerCase());
      return Promise.resolve(account ? { kind: "found", account } : { kind: "unknown" });
    },
    list: () => Promise.resolve(accounts.map(({ user }) => user)),
  };
}

/** Tables of an office in `office.test`; only 10.9.9.9 may relay. */
export const OFFICE: RoutingTables = {
  names: createUserNames({
    hostDomains: ["office.test", "old-name.test"],
    virtualDomains: [],
    separator: "_",
    withDomain: false,
  }),
  forwards: new PatternIndex([]),
  aliases: createAliases({
    lines: { name: "dmail.conf", rules: [] },
    ofDomains: [],
    common: undefined,
    fallthrough: true,
  }, "office.test"),
  dotForward: false,
  relayTo: ["partner.test"],
  forwardFromIp: (address) => address === "10.9.9.9",
  forwardFrom: [],
  forwardUser: [],
  fallbackAddresses: [],
  sysadmin: "",
  gatewayFor: () => undefined,
  isOwnAddress: (ip) => ip === "10.0.0.1",
};

/** The users of the office. */
const OFFICE_USERS: readonly Account[] = [
  { user: "ann", forward: "bob" },
  { user: "bob" },
  { user: "zoe", forward: "zoe@home.test" },
];

/** Nobody is banned or limited; 10.9.9.9 is one of our own people. */
export const OPEN_POLICY: PolicyOptions = {
  banned: [],
  bannedExcept: [],
  bannedSenders: [],
  bannedRecipients: [],
  noLimit: [],
  trusted: parseIpList("10.9.9.9"),
  maxMessagesAMinute: undefined,
  maxSessionsPerAddress: 300,
  fakeVrfy: undefined,
  hidesAuthAfterPop: false,
  etrnRules: [],
  etrnFarm: [],
};

/** Small limits, so that tests reach them. */
export const SMALL: SmtpdOptions = {
  hostname: "office.test",
  welcome: "",
  version: "1.0",
  maxMessageOctets: 100_000,
  maxRecipients: 5,
  maxSessions: 300,
  idleTimeoutMs: 300_000,
  greetDelayMs: 0,
  timezone: "+0000",
  policy: OPEN_POLICY,
};

/** A server on a free port of this machine, with a queue that remembers. */
export interface TestSmtpd extends AsyncDisposable {
  readonly smtpd: Smtpd;
  readonly queue: RememberingQueue;
  readonly port: number;
  connect(): Promise<Deno.TcpConn>;
}

/** Starts a server; what is not given is as in an office. */
export async function startTestSmtpd(
  {
    options = {},
    live = () => ({ ...SMALL, ...options }),
    listen = [{ host: "127.0.0.1", port: 0 }],
    door = "smtp",
    tables = {},
    clock = systemClock,
    dependencies = {},
  }: {
    options?: Partial<SmtpdOptions>;
    /** Options that change while the server runs. */
    live?: () => SmtpdOptions;
    listen?: readonly Endpoint[];
    /** `smtps` needs `dependencies.tls`. */
    door?: Door;
    tables?: Partial<RoutingTables>;
    clock?: Clock;
    dependencies?: Partial<SmtpdDependencies>;
  } = {},
): Promise<TestSmtpd> {
  const queue = new RememberingQueue();
  const smtpd = await startSmtpd({
    options: live,
    listen,
    door,
  }, {
    queue,
    router: createRouter({
      tables: () => ({ ...OFFICE, ...tables }),
      accounts: fakeAccounts(OFFICE_USERS),
    }),
    accounts: new FakeAccounts({ bob: "secret" }),
    guard: guardWith({}, { clock }),
    clock,
    log: silentLog,
    signal: new AbortController().signal,
    ...dependencies,
  });
  const port = smtpd.listening[0]!.port;
  return {
    smtpd,
    queue,
    port,
    connect: () => Deno.connect({ hostname: "127.0.0.1", port }),
    [Symbol.asyncDispose]: () => smtpd[Symbol.asyncDispose](),
  };
}
