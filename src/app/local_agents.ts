import { createFileAgent, createMda, createRobotAgent } from "../agents/mda/mod.ts";
import type { Accounts } from "../domain/accounts/mod.ts";
import type { AgentKind, DeliveryAgent } from "../domain/queue/mod.ts";
import { type Maildrops, openMailFiles, openSystemUsers } from "../store/mod.ts";
import type { CoreDeps } from "./core.ts";

/** Who carries out what stays on this machine. */
export function openLocalAgents(
  { config, logs, world, maildrops, accounts }: Pick<CoreDeps, "config" | "logs" | "world"> & {
    readonly maildrops: Maildrops;
    readonly accounts: Pick<Accounts, "lookup">;
  },
): Readonly<Record<Exclude<AgentKind, "relay">, DeliveryAgent>> {
  const { clock, files, machine, privileges, programs } = world;
  const log = logs.for("dsmtp");
  const workDir = `${config().paths.work}/files`;
  const mailFiles = openMailFiles({ files, clock, log, workDir });
  const ownerOf = (user: string) => uidOf(user, accounts);
  const dropFiles = {
    maildrops,
    // Only root can give files away; any other server's drop files are its own.
    ownerOf: (user: string) => privileges.uid() === 0 ? ownerOf(user) : Promise.resolve(undefined),
  };
  return {
    maildrop: createMda({ ...dropFiles, clock, log }),
    robot: createRobotAgent({
      options: () => config().robots,
      users: openSystemUsers({ files }),
      ...{ programs, ownerOf, privileges, machine, clock, log },
    }),
    file: createFileAgent({ ...dropFiles, mailFiles, machine, clock, log }),
  };
}

/** `undefined` also for 0, which means that nobody knows (B22, B26). */
async function uidOf(
  user: string,
  accounts: Pick<Accounts, "lookup">,
): Promise<number | undefined> {
  const found = await accounts.lookup(user);
  if (found.kind === "unavailable") throw new Error(`Cannot look up ${user}: ${found.reason}`);
  return found.kind === "found" ? found.account.uid || undefined : undefined;
}
