import type { Office, RunningAppliance } from "./appliance.ts";
import { eventually } from "./eventually.ts";
import type { Pop3Login } from "./pop3_clients.ts";
import { Pop3Session } from "./pop3_session.ts";

/** How a user of {@linkcode Office.addUsers} logs in. */
export function loginOf(appliance: RunningAppliance, user: string): Pop3Login {
  return { port: appliance.port("pop3"), user, password: user };
}

/** How many messages a user has waiting. */
export async function waitingFor(appliance: RunningAppliance, user: string): Promise<number> {
  using session = await Pop3Session.open(loginOf(appliance, user));
  const [count] = (await session.command("STAT")).split(" ");
  await session.command("QUIT");
  return Number(count);
}

/** Collects and deletes all that a user has. */
export async function takeAll(appliance: RunningAppliance, user: string): Promise<Uint8Array[]> {
  using session = await Pop3Session.open(loginOf(appliance, user));
  const messages: Uint8Array[] = [];
  for (const number of (await session.listing("LIST")).keys()) {
    messages.push(await session.retrieve(number + 1));
    await session.command(`DELE ${number + 1}`);
  }
  await session.command("QUIT");
  return messages;
}

/** Waits until nothing is left to be delivered by the appliance that runs. */
export async function queueIsEmpty(office: Office): Promise<void> {
  await eventually("the queue is empty", async () => {
    const { code, stdout, stderr } = await office.dmail(["queue", "--json"]);
    if (code !== 0) throw new Error(`dmail queue ended with ${code}: ${stderr}`);
    return JSON.parse(stdout).length === 0;
  });
}
