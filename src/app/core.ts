import { Pickup } from "../agents/pickup/mod.ts";
import { repairJournal } from "../agents/popfetch/mod.ts";
import { TurnedSessions } from "../agents/relay/mod.ts";
import type { Config } from "../config/mod.ts";
import {
  type Accounts,
  createAccounts,
  createUserAdmin,
  type UserAdmin,
} from "../domain/accounts/mod.ts";
import { createGuard, type Guard } from "../domain/guard/mod.ts";
import { Link } from "../domain/link/mod.ts";
import { openQueue, type Queue } from "../domain/queue/mod.ts";
import type { Router } from "../domain/routing/mod.ts";
import {
  hashPassword,
  type Log,
  type Logs,
  openDatabase,
  verifyPassword,
} from "../platform/mod.ts";
import type { Content } from "../servers/smtpd/mod.ts";
import {
  type FetchJournal,
  type Maildrops,
  openJournal,
  openMaildrops,
  openNwauth,
  openSpool,
} from "../store/mod.ts";
import { Calls, dialerFor } from "./calls.ts";
import { contentOf } from "./content.ts";
import { directoriesOf, makeDirectory } from "./directories.ts";
import { DiskSpace } from "./disk_space.ts";
import { LeftBehind } from "./left_behind.ts";
import { layoutSince } from "./layout.ts";
import { openLocalAgents } from "./local_agents.ts";
import { Outgoing } from "./outgoing.ts";
import { perConfig } from "./per_config.ts";
import { openRelay } from "./relay.ts";
import { logsChains, openRouter } from "./router.ts";
import { openTls, type TlsProvider } from "./tls.ts";
import { goesByAtrn, isSuspended } from "./suspended_domains.ts";
import { toCaretaker } from "./undeliverable.ts";
import { userNames } from "./user_names.ts";
import type { World } from "./world.ts";

/** The appliance without anything that listens: stores, queue, line. Disposing closes the files. */
export interface Core extends AsyncDisposable {
  readonly accounts: Accounts;
  readonly users: UserAdmin;
  readonly maildrops: Maildrops;
  readonly router: Router;
  readonly queue: Queue;
  /** Suspends and resumes the queue, and remembers it. */
  readonly outgoing: Outgoing;
  /** Connections of those who get their mail by ATRN. */
  readonly turned: TurnedSessions;
  readonly link: Link;
  readonly calls: Calls;
  /** What min_space is measured by. */
  readonly disks: DiskSpace;
  readonly pickup: Pickup;
  /** The certificate that every server shows. */
  readonly tls: TlsProvider;
  /** What all servers know about the addresses that connect to them. */
  readonly guard: Guard;
  /** What looks into the messages that come in: that of now. */
  readonly content: () => Content;
  /**
   * Resolves when what a crash interrupted is known and finished, which takes as long as the queue is.
   * Until then nothing is delivered, collected or picked up.
   */
  readonly recovered: Promise<void>;
}

/** What the core is opened with. */
export interface CoreDeps {
  /** The configuration of now; paths and the kind of line are those of the start. */
  readonly config: () => Config;
  readonly logs: Logs;
  readonly world: World;
  /** Breaks off the call that runs. */
  readonly signal: AbortSignal;
}

/**
 * Opens the stores, begins to finish what a crash interrupted, and ties the parts together. Nothing
 * is delivered and nobody is called before the queue and the caller run.
 */
export async function openCore(deps: CoreDeps): Promise<Core> {
  const { config, logs, world: { clock, files, random } } = deps;
  const { paths } = config();
  const [smtpLog, popLog] = [logs.for("dsmtp"), logs.for("dpop")];
  for (const [setting, path] of directoriesOf(config())) {
    await makeDirectory(files, setting, path);
  }

  const tls = await openTls({ ...deps, log: logs.for("dmail") });
  await using opening = new AsyncDisposableStack();
  const database = opening.use(openDatabase(`${paths.work}/dmail.db`));
  const journal = openJournal(database);
  const layout = layoutSince(config);
  const maildrops = openMaildrops({
    ...{ layout, limits: () => config().mailboxes.limits },
    ...{ files, clock, random, log: popLog },
  });
  const { accounts, users } = await openAccounts(deps);
  const router = openRouter({ ...deps, accounts, layout, onChain: logsChains(deps) });
  const link = opening.use(
    new Link({
      dialer: dialerFor(config(), deps),
      clock,
      log: logs.for("dmail"),
      lingerMs: config().link.lingerMs,
    }),
  );
  const spool = opening.use(
    await openSpool({
      ...{ path: `${paths.work}/queue`, files, clock, random },
      log: smtpLog,
    }),
  );
  const left = new LeftBehind(journal);
  const turned = new TurnedSessions(deps.world);
  const outgoing = new Outgoing(paths.work, { files, log: smtpLog });
  const queue = await openQueue({
    spool,
    router,
    suspended: await outgoing.wasSuspended(),
    agents: {
      ...openLocalAgents({ ...deps, maildrops, accounts }),
      relay: openRelay({ ...deps, turned }),
    },
    relayGate: { isOpen: () => link.permanent || link.state === "up" },
    waitsForEtrn: isSuspended(config),
    goesByAtrn: goesByAtrn(config),
    allowDuplicates: () => config().allowDuplicates,
    relayConnections: () => config().relayConnections,
    hostConnections: () => config().hostConnections,
    retry: () => config().retry,
    notices: () => config().notices,
    undeliverable: toCaretaker({ queue: () => queue, config, random }),
    found: (message) => left.add(message),
    clock,
    log: smtpLog,
  });
  const disks = new DiskSpace({ config, files, clock, log: logs.for("dmail") });
  const guard = createGuard(() => config().guard, { clock, log: logs.for("dmail") });
  const content = contentOf(config, { files, clock, log: smtpLog });
  const pickup = new Pickup({
    ...{ options: () => config().pickup, queue, files, clock, log: smtpLog },
    filters: () => content().filters,
  });
  const recovered = recover(
    { queue, journal, left, pickup, log: logs.for("popfetch") },
    deps.signal,
  );
  recovered.catch(() => {}); // For those who wait for it.
  const calls = new Calls({
    ...{ ...deps, queue, router, journal, link, disks, content, maildrops, recovered },
  });
  const open = opening.move();
  return {
    ...{
      accounts,
      users,
      maildrops,
      router,
      queue,
      outgoing,
      turned,
      link,
      calls,
      pickup,
      tls,
      guard,
      content,
      disks,
      recovered,
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** See {@linkcode Core.recovered}. */
async function recover(
  { queue, journal, left, pickup, log }: {
    readonly queue: Pick<Queue, "loaded">;
    readonly journal: FetchJournal;
    readonly left: LeftBehind;
    readonly pickup: Pickup;
    readonly log: Log;
  },
  signal: AbortSignal,
): Promise<void> {
  await queue.loaded;
  signal.throwIfAborted();
  const missing = await repairJournal(journal, left.fetched);
  if (missing > 0) log.warn("Noted messages that a crash had cut off", { missing });
  await pickup.recover(left.local);
}

/** The user database and who works with it. */
export async function openAccounts(
  { config, logs, world: { clock, files, random } }: Pick<CoreDeps, "config" | "logs" | "world">,
): Promise<{ accounts: Accounts; users: UserAdmin }> {
  const { accounts: settings } = config();
  const log = logs.for("dpop");
  await makeDirectory(files, "nwauth_path", settings.nwauthPath);
  const database = await openNwauth({ path: settings.nwauthPath, files, clock, log });
  const passwords = { hash: hashPassword, verify: verifyPassword };
  const names = perConfig(config, userNames);
  return {
    accounts: createAccounts({
      ...{ database, passwords, names, clock, random, log },
      cacheEntries: settings.cacheEntries,
    }),
    users: createUserAdmin({ database, passwords, names }),
  };
}
