import { type Config, formatProblem, loadConfig } from "../../config/mod.ts";
import type { CallEvent } from "../../domain/link/mod.ts";
import { type Endpoint, openLogs } from "../../platform/mod.ts";
import { Appliance } from "../appliance.ts";
import { openAccounts } from "../core.ts";
import { ManagerPassword } from "../manager_password.ts";
import { VERSION } from "../version.ts";
import type { World } from "../world.ts";
import { DEMO_PASSWORD, HOSTS, MAILBOX, officeConfig, providerConfig } from "./configs.ts";
import { OFFICE_USERS } from "./messages.ts";
import { demoModem } from "./modem.ts";
import { NamedHosts } from "./named_hosts.ts";
import { SlowLine } from "./slow_line.ts";

/** 64 kbit/s and much of a second there and back: a line as many places have it. */
const LINE = { roundTripMs: 400, octetsPerSecond: 8000 };

/** Who on the mainland gets what the office sends. */
export const WORLD_USERS = ["lena.sjoberg", "orders"] as const;

/** The provider, the office, and the line between them. Disposing stops all. */
export interface Stage extends AsyncDisposable {
  readonly provider: Appliance;
  readonly line: SlowLine;
  /** Starts the office, which makes its first call at once. */
  startOffice(onCall: (event: CallEvent) => void): Promise<Appliance>;
}

/** Starts the provider with everything below `path`. */
export async function setStage(path: string, world: World): Promise<Stage> {
  const { files } = world;
  const line = new SlowLine(LINE, world);
  const hosts = new NamedHosts();
  await using opening = new AsyncDisposableStack();

  const providerPath = `${path}/provider`;
  const providerWorld = { ...world, net: hosts.net(line.net(world.net, { flipped: true })) };
  const write = (directory: string, text: string) =>
    files.replace(`${directory}/dmail.conf`, new TextEncoder().encode(text));
  await files.makeDir(providerPath);
  await write(providerPath, providerConfig(providerPath));
  const provider = opening.use(
    await start(providerPath, providerWorld, { ...worldUsers(), [MAILBOX.user]: MAILBOX.password }),
  );

  hosts.set(HOSTS.smtp, 25, endpointOf(provider, "smtp"));
  hosts.set(HOSTS.pop, 110, endpointOf(provider, "pop3"));

  async function startOffice(onCall: (event: CallEvent) => void): Promise<Appliance> {
    const officePath = `${path}/office`;
    const officeWorld = {
      ...world,
      net: hosts.net(line.net(world.net)),
      commands: demoModem(line, world),
    };
    await files.makeDir(officePath);
    await write(officePath, officeConfig(officePath));
    const users = Object.fromEntries(OFFICE_USERS.map((user) => [user, DEMO_PASSWORD]));
    const office = open.use(await start(officePath, officeWorld, users, onCall));
    hosts.set(HOSTS.office, 25, endpointOf(office, "smtp"));
    return office;
  }

  const open = opening.move();
  return { provider, line, startOffice, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Where a server of an appliance listens. */
export function endpointOf({ listening }: Appliance, name: "smtp" | "pop3" | "http"): Endpoint {
  const found = listening.find((at) => at.startsWith(`${name} `));
  const [, host, port] = /^\S+ (.+):(\d+)$/.exec(found ?? "") ?? [];
  if (host === undefined) throw new Error(`No ${name} server is running`);
  return { host, port: Number(port) };
}

function worldUsers(): Record<string, string> {
  return Object.fromEntries(WORLD_USERS.map((user) => [user, DEMO_PASSWORD]));
}

async function start(
  path: string,
  world: World,
  users: Readonly<Record<string, string>>,
  onCall?: (event: CallEvent) => void,
): Promise<Appliance> {
  const { files, machine } = world;
  const result = await loadConfig({
    ...{ path: `${path}/dmail.conf`, files, machine, version: VERSION },
  });
  if (result.kind === "bad") throw new Error(result.problems.map(formatProblem).join("\n"));
  await addUsers(result.config, users, world);
  await new ManagerPassword(result.config.paths.work, world).set(DEMO_PASSWORD);
  const started = await Appliance.start({
    ...{ config: result.config, problems: result.problems, listens: true, world },
    ...(onCall ? { onCall } : {}),
  });
  if (started.kind !== "started") throw new Error(`Another dmail works in ${started.workPath}`);
  return started.appliance;
}

async function addUsers(
  config: Config,
  users: Readonly<Record<string, string>>,
  world: World,
): Promise<void> {
  await world.files.makeDir(config.paths.work);
  await using logs = openLogs({ ...config.logs, clock: world.clock, keepRecent: 0 });
  const { users: admin } = await openAccounts({ config: () => config, logs, world });
  for (const [name, password] of Object.entries(users)) await admin.addUser(name, password);
}
