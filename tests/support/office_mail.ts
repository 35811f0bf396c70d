import type { Office, RunningAppliance } from "./appliance.ts";
import { eventually } from "./eventually.ts";
import type { Pop3Login } from "./pop3_clients.ts";
import { Pop3Session, RefusedError } from "./pop3_session.ts";

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
  const taken = new TakenMail();
  await taken.take(loginOf(appliance, user));
  return taken.messages;
}

/** What was taken out of a mailbox, whatever moments the server was killed at. */
export class TakenMail {
  readonly #certain: Uint8Array[] = [];
  /** By unique-id: taken in sessions whose end was not heard; deleted there or not. */
  readonly #uncertain = new Map<string, Uint8Array>();

  /** Every copy that came. */
  get messages(): Uint8Array[] {
    return [...this.#certain, ...this.#uncertain.values()];
  }

  /**
   * Collects and deletes all that is there.
   *
   * @throws {Error} If the connection ends; it may be called again.
   */
  async take(login: Pop3Login): Promise<void> {
    using session = await Pop3Session.open(login);
    const uids = await session.listing("UIDL");
    if (new Set(uids).size < uids.length) throw new RefusedError(`One unique-id twice: ${uids}`);
    for (const [index, uid] of uids.entries()) {
      // Deletion was lost if it comes again: the same copy.
      this.#uncertain.set(uid, await session.retrieve(index + 1));
      await session.command(`DELE ${index + 1}`);
    }
    await session.command("QUIT");
    this.#certain.push(...this.#uncertain.values());
    this.#uncertain.clear();
  }
}

/** Waits until nothing is left to be delivered by the appliance that runs. */
export async function queueIsEmpty(office: Office): Promise<void> {
  await eventually("the queue is empty", async () => {
    const { code, stdout, stderr } = await office.dmail(["queue", "--json"]);
    if (code !== 0) throw new Error(`dmail queue ended with ${code}: ${stderr}`);
    return JSON.parse(stdout).length === 0;
  });
}
