import { type ApplianceHere, applianceHere } from "./appliance_here.ts";
import { eventually } from "./eventually.ts";
import { octetsOf } from "./octet_text.ts";
import { TakenMail } from "./office_mail.ts";
import { SmtpSession } from "./smtp_session.ts";
import type { CallReport } from "../../src/domain/link/mod.ts";

/** The user of the branch at the hub, and its password. */
export const BRANCH_USER = "branch";

/** Starts a hub that keeps the mail of branch.example until it is asked for by ATRN. */
export async function atrnHub(...settings: readonly string[]): Promise<ApplianceHere> {
  const hub = await applianceHere(
    "host_domain hub.example",
    "odmr_port 0",
    "relay_to branch.example",
    "suspend_domain branch.example",
    `atrn_domain branch.example ${BRANCH_USER}`,
    ...settings,
  );
  await hub.addUsers(BRANCH_USER);
  return hub;
}

/** Starts a branch that gets its mail from a port of the hub; eve and bob are its users. */
export async function atrnBranch(
  port: number,
  ...settings: readonly string[]
): Promise<ApplianceHere> {
  const branch = await applianceHere(
    "host_domain branch.example",
    `atrn_auth ${BRANCH_USER} ${BRANCH_USER} 127.0.0.1:${port}`,
    ...settings.some((line) => line.startsWith("gateway_tls")) ? [] : ["gateway_tls * may"],
    ...settings,
  );
  await branch.addUsers("eve", "bob");
  return branch;
}

/** Makes a call and resolves to its report. */
export async function call(branch: ApplianceHere): Promise<CallReport> {
  return await branch.appliance.core.calls.caller.callNow("command").report;
}

/** Sends a message into the hub. @throws {Error} If it does not take it. */
export async function sendTo(
  hub: ApplianceHere,
  recipients: readonly string[],
  text: string,
): Promise<void> {
  using session = await SmtpSession.open(hub.port("smtp"));
  const result = await session.send(recipients, octetsOf(text));
  if (result.kind !== "accepted") throw new Error(JSON.stringify(result));
}

/** What is in a user's drop file, empty if there is none. */
export function dropOf(office: ApplianceHere, user: string): Promise<string> {
  return Deno.readTextFile(`${office.directory}/drop/${user}`).catch(() => "");
}

/** Takes all that a user of an office has out of the maildrop, as POP3 shows it. */
export async function takeMail(office: ApplianceHere, user: string): Promise<Uint8Array[]> {
  const taken = new TakenMail();
  await taken.take({ port: office.port("pop3"), user, password: user });
  return taken.messages;
}

/** Waits until an office has nothing left to deliver. */
export async function nothingQueued(office: ApplianceHere): Promise<void> {
  const { queue } = office.appliance.core;
  await eventually("the queue is empty", () => queue.counts().messages === 0);
}
