import type { Pop3Reply } from "../../formats/pop3.ts";
import type { Pop3Client } from "./client.ts";
import { Pop3Error } from "./pop3_error.ts";

/** What is known of a server from earlier sessions, so that it need not be asked again. */
export interface ServerTraits {
  /** Whether it takes commands in one go; `undefined` until it was asked. */
  pipelining: boolean | undefined;
}

/** Learns what the server can do, in one round trip the first time (RFC 2449 section 5). */
export async function learnTraits(client: Pop3Client, traits: ServerTraits): Promise<void> {
  if (traits.pipelining === undefined) {
    let announced = false;
    if ((await client.ask("CAPA")).ok) {
      for await (const line of client.list()) {
        if (/^PIPELINING\b/i.test(line.trim())) announced = true;
      }
    }
    traits.pipelining = announced;
  }
  client.pipelining = traits.pipelining;
}

/** Queues the login; {@linkcode readLogin} reads what comes of it. */
export function queueLogin(client: Pop3Client, user: string, password: string): void {
  client.queue(`USER ${user}`);
  client.queue(`PASS ${password}`);
}

/** @throws {Pop3Error} If the server does not let us in, with its reason in words. */
export async function readLogin(client: Pop3Client): Promise<void> {
  for (const step of ["USER", "PASS"]) {
    const reply = await client.reply();
    if (!reply.ok) throw new Pop3Error("refused", refusal(client.server, step, reply));
  }
}

/** What a refused login means (RFC 2449 section 8.1, RFC 3206). */
function refusal(server: string, step: string, { code, text }: Pop3Reply): string {
  const said = text === "" ? "" : ` (${text})`;
  switch (code) {
    case "LOGIN-DELAY":
      return `${server} wants us to wait longer between two logins${said}`;
    case "IN-USE":
      return `The mailbox at ${server} is in use by another session${said}`;
    case "SYS/TEMP":
      return `${server} has a passing trouble${said}`;
    case "SYS/PERM":
      return `${server} has a trouble that needs its operator${said}`;
    default:
      return `${server} refused the ${step === "USER" ? "user name" : "password"}${said}`;
  }
}
