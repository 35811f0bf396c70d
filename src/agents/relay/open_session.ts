import { replyText } from "../../formats/smtp.ts";
import type { Clock, Log, Net, TlsClientOptions } from "../../platform/mod.ts";
import { authenticate, type Login } from "./auth.ts";
import { SmtpClient, type SmtpTarget } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";

/** How a session is protected. */
export interface Protection {
  /**
   * - `none`: not at all;
   * - `may`: encrypted if the server can, whatever certificate it shows (RFC 7435);
   * - `must`: encrypted, and the certificate is good for the name of the host.
   */
  readonly tls: "none" | "may" | "must";
  /** Without encryption the password is sent only if `tls` is `none`. */
  readonly login?: Login;
  /** Certificate authorities beside the system's, PEM. */
  readonly caCerts?: readonly string[];
}

/** What a session is opened with. */
export interface OpenSessionDeps {
  readonly net: Net;
  readonly clock: Clock;
  readonly log: Log;
}

/** Servers there speak TLS from the first octet (RFC 8314 section 3.3). */
const SMTPS_PORT = 465;

/**
 * Opens a session as protected as it has to be, and logs in. Where encryption fails that is not
 * compulsory, another connection is made without.
 *
 * @throws {SmtpError} If there can be none.
 * @throws The abort reason.
 */
export async function openSession(
  target: SmtpTarget,
  protection: Protection,
  deps: OpenSessionDeps,
  signal: AbortSignal,
): Promise<SmtpClient> {
  const { tls, login } = protection;
  try {
    return await open(target, protection, deps, signal);
  } catch (error) {
    const mayBePlain = tls === "may" && login === undefined;
    if (!(error instanceof SmtpError && error.fault === "tls" && mayBePlain)) throw error;
    deps.log.warn("Not encrypted", { host: target.host, reason: error.message });
    return await open(target, { tls: "none" }, deps, signal);
  }
}

async function open(
  target: SmtpTarget,
  { tls, login, caCerts }: Protection,
  deps: OpenSessionDeps,
  signal: AbortSignal,
): Promise<SmtpClient> {
  const options: TlsClientOptions = {
    serverName: target.host,
    unchecked: tls !== "must",
    ...(caCerts === undefined ? {} : { caCerts }),
  };
  const isImplicit = target.port === SMTPS_PORT;
  const client = await SmtpClient.connect(
    isImplicit ? { ...target, tls: options } : target,
    deps,
    signal,
  );
  try {
    if (tls !== "none" && !isImplicit) {
      await secure(client, target.host, options, tls === "must" || login !== undefined);
    }
    if (login !== undefined) await authenticate(client, login, target.host);
    return client;
  } catch (error) {
    await client.quit();
    throw error;
  }
}

async function secure(
  client: SmtpClient,
  host: string,
  options: TlsClientOptions,
  isCompulsory: boolean,
): Promise<void> {
  const refusal = client.offers("STARTTLS") ? await client.startTls(options) : undefined;
  if (client.isEncrypted || !isCompulsory) return;
  const why = refusal === undefined ? "does not offer it" : `says ${replyText(refusal)}`;
  const text = `The session with ${host} must be encrypted (gateway_tls), and it ${why}`;
  throw new SmtpError(text, { status: "4.7.4", fault: "refused" });
}
