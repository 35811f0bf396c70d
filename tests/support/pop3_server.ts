import type { Guard } from "../../src/domain/guard/mod.ts";
import { type Clock, type Files, systemNet } from "../../src/platform/mod.ts";
import { type Pop3d, type Pop3dOptions, startPop3d } from "../../src/servers/pop3d/mod.ts";
import type { Maildrops } from "../../src/store/mod.ts";
import { FakeAccounts } from "./fake_accounts.ts";
import { guardWith } from "./guards.ts";
import { delivery, storeAt } from "./maildrop_store.ts";
import { ManualClock } from "./manual_clock.ts";
import { RememberingLog } from "./remembering_log.ts";
import { tempDir } from "./temp_dir.ts";

/** Where a refused login is answered at once; other waits last until they are aborted. */
export class ImpatientClock extends ManualClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return ms <= 16_000 ? Promise.resolve() : super.sleep(ms, signal);
  }
}

/** A POP3 server with its own maildrops, and what a test wants to look at. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly root: string;
  readonly store: Maildrops;
  readonly accounts: FakeAccounts;
  readonly log: RememberingLog;
  readonly server: Pop3d;
  /** Aborts the signal that the server was started with. */
  stop(): void;
  connect(): Promise<Deno.Conn>;
}

/** The two messages of the dialogue in RFC 1939: 120 and 200 octets, with its unique-ids. */
export const RFC_MESSAGES = [
  delivery(
    "whqtswO00WBw418f9t5JxYwZ",
    `Subject: one\r\n\r\n.\r\n..a\r\n${"x".repeat(29)}\r\n`,
  ),
  delivery(
    "QhdPYR:00WBw1Ph7x7",
    "Subject: two\r\n\r\nline 1\r\nline 2\r\nline 3\r\nline 4\r\nline 5\r\n" +
      `${"y".repeat(83)}\r\n`,
  ),
];

/** Starts a server on a free port, with users of its own; `bob.bin` may not have a maildrop. */
export async function testServer(
  {
    clock = new ImpatientClock(),
    options = {},
    files,
    guard = guardWith({}, { clock }),
  }: {
    clock?: Clock;
    guard?: Guard;
    options?: Partial<Pop3dOptions>;
    files?: Files;
  } = {},
): Promise<TestServer> {
  const dir = await tempDir();
  const log = new RememberingLog();
  const accounts = new FakeAccounts({
    mrose: "tanstaaf",
    bob: "secret",
    jürgen: "grüß  dich ",
    "bob.bin": "secret",
  });
  const stopping = new AbortController();
  const store = storeAt(dir.path, { log, ...(files ? { files } : {}) });
  const server = startPop3d(
    () => ({
      hostname: "pop.example",
      version: "1.0",
      maxSessions: 20,
      idleTimeoutMs: 600_000,
      ...options,
    }),
    {
      net: systemNet,
      listen: [{ host: "127.0.0.1", port: 0 }],
      maildrops: store,
      accounts,
      guard,
      clock,
      log,
      signal: stopping.signal,
    },
  );
  const port = server.listening[0]?.port ?? 0;
  return {
    port,
    root: dir.path,
    store,
    accounts,
    log,
    server,
    stop: () => stopping.abort(),
    connect: () => Deno.connect({ hostname: "127.0.0.1", port }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}
