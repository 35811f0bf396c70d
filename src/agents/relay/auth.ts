import { replyText, type SmtpReply } from "../../formats/smtp.ts";
import type { SmtpClient } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";

/** Who we are at a gateway. */
export interface Login {
  readonly user: string;
  /** `oauth2:` before it makes it a token, for XOAUTH2. */
  readonly password: string;
  /** Where it is written; `gateway_auth` if left out. */
  readonly setting?: string;
}

const TOKEN_PREFIX = "oauth2:";

/** What we can, what we would rather do first. */
const MECHANISMS = ["PLAIN", "LOGIN"] as const;

/**
 * Logs in (RFC 4954) by PLAIN (RFC 4616) or LOGIN, with a token by XOAUTH2 and nothing else.
 *
 * @throws {SmtpError} If the server will not have us; mail waits for the administrator then.
 */
export async function authenticate(client: SmtpClient, login: Login, host: string): Promise<void> {
  const { setting = "gateway_auth" } = login;
  const offered = (client.capabilities.keywords.get("AUTH") ?? "").toUpperCase().split(/\s+/);
  const wanted = login.password.startsWith(TOKEN_PREFIX) ? ["XOAUTH2"] as const : MECHANISMS;
  const mechanism = wanted.find((one) => offered.includes(one));
  if (mechanism === undefined) {
    const text = `${host} offers no login by ${wanted.join(" or ")}, which ${setting} needs`;
    throw new SmtpError(text, { status: "4.7.0", fault: "login" });
  }
  const reply = await DIALOGUES[mechanism](client, login);
  if (reply.code === 235) return;
  const what = reply.code >= 500 ? `refuses the user and password of ${setting}` : "lets nobody in";
  const text = `${host} ${what}: ${replyText(reply)}`;
  throw new SmtpError(text, { status: reply.code >= 500 ? "4.7.8" : "4.7.0", fault: "login" });
}

type Dialogue = (client: SmtpClient, login: Login) => Promise<SmtpReply>;

const DIALOGUES: Readonly<Record<"PLAIN" | "LOGIN" | "XOAUTH2", Dialogue>> = {
  PLAIN: (client, { user, password }) =>
    client.command(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`),

  async LOGIN(client, { user, password }) {
    let reply = await client.command("AUTH LOGIN");
    for (const secret of [user, password]) {
      if (reply.code !== 334) break;
      reply = await client.command(base64(secret));
    }
    return reply;
  },

  async XOAUTH2(client, { user, password }) {
    const token = password.slice(TOKEN_PREFIX.length);
    const given = base64(`user=${user}\x01auth=Bearer ${token}\x01\x01`);
    const reply = await client.command(`AUTH XOAUTH2 ${given}`);
    // The challenge holds what is wrong; the reply comes after an empty answer.
    return reply.code === 334 ? await client.command("") : reply;
  },
};

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
