import { SmtpClient, SmtpError } from "../../agents/relay/mod.ts";
import { type Config, loadConfig } from "../../config/mod.ts";
import { isAddress } from "../../formats/address.ts";
import type { Endpoint } from "../../platform/mod.ts";
import type { CommandCall } from "../command.ts";
import { reachableHost } from "../own_addresses.ts";
import { VERSION } from "../version.ts";

/** The server is on this machine: what takes longer is not there. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Where a server is that nobody told us of (S8). */
const USUAL: Endpoint = { host: "127.0.0.1", port: 25 };

/** What the stub knows of the server. */
export interface Office {
  /** `undefined` if the caller cannot read it. */
  readonly config: Config | undefined;
  readonly server: Endpoint;
  /** Our domain in addresses that have none. */
  readonly domain: string;
}

/**
 * What the configuration says. Passwords stand in it, so that most who send mail cannot read it: the
 * server is asked for its name then.
 */
export async function officeOf(call: CommandCall): Promise<Office> {
  const { configPath, world: { files, machine } } = call;
  const result = await loadConfig({ path: configPath, files, machine, version: VERSION });
  if (result.kind === "bad") {
    // An address literal is ours whatever our domain is (RFC 5321 section 4.1.3).
    const unnamed = { config: undefined, server: USUAL, domain: `[${USUAL.host}]` };
    return { ...unnamed, domain: await nameOfServer(call, unnamed) ?? unnamed.domain };
  }
  const { config } = result;
  const { host, port } = config.listen.smtp[0] ?? USUAL;
  return {
    config,
    server: { host: reachableHost(host), port },
    domain: config.domains.main,
  };
}

/** Begins a session with the server; the error if there is none. */
export async function connected(
  { world: { net, clock } }: CommandCall,
  { server, domain }: Office,
): Promise<SmtpClient | SmtpError> {
  try {
    const target = { ...server, hostname: domain, connectTimeoutMs: CONNECT_TIMEOUT_MS };
    return await SmtpClient.connect(target, { net, clock }, new AbortController().signal);
  } catch (error) {
    if (error instanceof SmtpError) return error;
    throw error;
  }
}

/** The name a server gives itself in its reply to EHLO (RFC 5321 section 4.1.1.1). */
async function nameOfServer(call: CommandCall, office: Office): Promise<string | undefined> {
  const client = await connected(call, office);
  if (client instanceof SmtpError) return undefined;
  const { lines: [greeting = ""] } = await client.command(`EHLO ${office.domain}`);
  await client.quit();
  const name = /^(\S+?)\.?(?:\s|$)/.exec(greeting)?.[1] ?? "";
  return isAddress(`postmaster@${name}`) ? name : undefined;
}
