import { routingTables } from "../../src/app/routing_tables.ts";
import { userNames } from "../../src/app/user_names.ts";
import { type Config, formatProblem, loadConfig } from "../../src/config/mod.ts";
import { type Accounts, createAccounts } from "../../src/domain/accounts/mod.ts";
import {
  chainLog,
  createRouter,
  type Destination,
  type ForwardFiles,
  type Router,
  type RoutingTables,
} from "../../src/domain/routing/mod.ts";
import { systemMachine, systemRandom } from "../../src/platform/mod.ts";
import { ManualClock } from "./manual_clock.ts";
import { MemoryFiles } from "./memory_files.ts";
import { silentLog } from "./silent_log.ts";

/** What a recipient chain is decided by, as an administrator and users write it. */
export interface ChainSetting {
  /** Lines of dmail.conf beside those that every one needs; the main domain is `domain.com`. */
  readonly conf?: readonly string[];
  /** Files that the configuration names, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Names in the user database, each with its `fwd` field. */
  readonly users?: Readonly<Record<string, string>>;
  /** Forward files by maildrop and kind, `bob.fwd`; `undefined` is one that cannot be read now. */
  readonly forwardFiles?: Readonly<Record<string, string | undefined>>;
  /** Accounts of another kind than the built-in database. */
  readonly accounts?: Pick<Accounts, "lookup" | "list">;
  readonly tables?: Partial<RoutingTables>;
}

/** A router, and what it told of its chains. */
export interface TestChain {
  readonly router: Router;
  /** What log_chain would have logged. */
  readonly log: string[];
  /** Forward files that were asked for, as `bob.fwd`. */
  readonly asked: string[];
  /** Where an address leads, in short and sorted: `bob`, `|robot`, `file /x`, `relay a@b`, `5.1.1 a@b`. */
  ends(address: string): Promise<readonly string[]>;
}

/** Reads a configuration as the product does; throws if anything is wrong with it. */
async function configFrom(
  { conf = [], files = {} }: Pick<ChainSetting, "conf" | "files">,
): Promise<Config> {
  const disk = new MemoryFiles();
  const own = new Set(conf.map((line) => line.split(" ", 1)[0]));
  const needed = [
    "host_domain domain.com",
    "work_path /work",
    "drop_path /drop",
    "authent_method nwauth",
    "gateway * smtp.provider.example",
  ].filter((line) => !own.has(line.split(" ", 1)[0]));
  await disk.replace("/dmail.conf", octets([...needed, ...conf].join("\n")));
  for (const [path, text] of Object.entries(files)) await disk.replace(path, octets(text));
  const result = await loadConfig({
    path: "/dmail.conf",
    files: disk.files,
    machine: systemMachine,
    version: "1.0",
    isPublic: () => Promise.resolve(false),
  });
  if (result.kind === "ok") return result.config;
  throw new Error(result.problems.map(formatProblem).join("\n"));
}

/** The recipient chain of a configuration, with users in memory. */
export async function chainOf(setting: ChainSetting): Promise<TestChain> {
  const config = await configFrom(setting);
  const { users = {}, forwardFiles = {} } = setting;
  const log: string[] = [];
  const asked: string[] = [];
  const reader: ForwardFiles = {
    read({ user }, kind) {
      const name = user + kind;
      asked.push(name);
      if (!Object.hasOwn(forwardFiles, name)) return Promise.resolve({ kind: "none" });
      const text = forwardFiles[name];
      return Promise.resolve(
        text === undefined
          ? { kind: "unavailable", reason: "Disk asleep" }
          : { kind: "found", text, path: `/drop/${name}` },
      );
    },
  };
  const router = createRouter({
    tables: () => ({ ...routingTables(config, systemMachine), ...setting.tables }),
    accounts: setting.accounts ?? accountsWith(users, config),
    forwardFiles: reader,
    onChain: (steps) => void log.push(...chainLog(steps)),
  });
  return {
    router,
    log,
    asked,
    async ends(address) {
      const result = await router.resolve(address);
      if (result.kind === "unavailable") return [`unavailable ${result.status}`];
      return result.destinations.map(written).sort();
    },
  };
}

/** A destination in short. */
export function written(destination: Destination): string {
  switch (destination.kind) {
    case "maildrop":
      return destination.user;
    case "robot":
      return `${
        destination.user === undefined ? "" : `${destination.user} `
      }|${destination.command}`;
    case "file":
      return `file ${destination.path}`;
    case "relay":
      return `relay ${destination.address}`;
    case "reject":
      return `${destination.status} ${destination.address}`;
  }
}

function accountsWith(users: Readonly<Record<string, string>>, config: Config): Accounts {
  const entries = Object.entries(users).map(([user, fwd]) => ({
    user,
    passwordHash: "",
    info: fwd === "" ? "" : `fwd="${fwd}"`,
  }));
  const names = userNames(config);
  return createAccounts({
    database: {
      lookup: (user) => Promise.resolve(entries.find((entry) => entry.user === user)),
      list: () => Promise.resolve(entries.map(({ user }) => user)),
    },
    passwords: { verify: () => Promise.resolve(false) },
    names: () => names,
    clock: new ManualClock(),
    random: systemRandom,
    log: silentLog,
  });
}

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
