import { askAtrn, type AtrnResult, upstreamProtection } from "../agents/relay/mod.ts";
import type { Config } from "../config/mod.ts";
import type { EtrnReport } from "../domain/link/mod.ts";
import { asciiDomain } from "../formats/domain.ts";
import { count, size, span } from "../formats/words.ts";
import { type Log, messageOf } from "../platform/mod.ts";
import { serveTurned, type TurnedReport } from "../servers/smtpd/mod.ts";
import type { CallsDeps } from "./calls.ts";

/** What mail by ATRN is taken with. */
export interface AtrnCallDeps
  extends
    Pick<CallsDeps, "queue" | "router" | "disks" | "content" | "maildrops" | "logs" | "world"> {
  /** After so long no new message is begun, in ms. */
  readonly maxMs: number;
  /** Called at once if there is a server to ask: its mail comes over a connection of its own. */
  readonly asked: () => void;
}

type Turned = Extract<AtrnResult, { kind: "turned" }>;

/**
 * Logs in where our mail waits, gets the connection turned round and takes the mail (RFC 2645).
 * `undefined` if atrn_auth is not set, or the server has no ATRN.
 *
 * @throws The abort reason; what has come by then is here.
 */
export async function takeByAtrn(
  config: Config,
  deps: AtrnCallDeps,
  signal: AbortSignal,
): Promise<EtrnReport | undefined> {
  const { domains: { main, all }, link: { atrn }, relay } = config;
  if (atrn === undefined) return undefined;
  deps.asked();
  const { host, port, user, password } = atrn;
  const { logs, world: { net, clock } } = deps;
  const log = logs.for("dsmtp");
  const login = { user, password, setting: "atrn_auth" };
  const answer = await askAtrn(
    {
      ...{ host, port, hostname: main, connectTimeoutMs: relay.connectTimeoutMs },
      domains: all.map(asciiDomain),
      protection: upstreamProtection(host, login, relay),
    },
    { net, clock, log },
    signal,
  );
  const about = { host, domains: all.join(",") };
  const report = { domain: all.join(","), messages: 0 };
  switch (answer.kind) {
    case "not offered":
      log.info("No ATRN there", about);
      return undefined;
    case "no mail":
      log.info("ATRN: no mail", about);
      return { ...report, ok: true, result: answer.result };
    case "failed":
      log.warn("ATRN failed", { ...about, reason: answer.result });
      return { ...report, ok: false, result: answer.result };
    case "turned":
      return { ...report, ...await take(answer, about, { config, deps, log }, signal) };
  }
}

/** Takes the mail, and says how much it was. */
async function take(
  { connection, isEncrypted }: Turned,
  about: Readonly<Record<string, string>>,
  { config, deps, log }: {
    readonly config: Config;
    readonly deps: AtrnCallDeps;
    readonly log: Log;
  },
  signal: AbortSignal,
): Promise<Pick<EtrnReport, "ok" | "result" | "messages">> {
  const { queue, router, disks, content, maildrops, maxMs, world: { clock } } = deps;
  const startedMs = clock.monotonic();
  log.info("ATRN begun", about);
  try {
    const { complete, ...taken } = await serveTurned(
      { connection, isEncrypted, maxMs },
      config.smtpd,
      {
        ...{ queue, router, content, clock, log, signal },
        isDiskLow: (octets) => disks.isLow(octets),
        room: (user, octets) => maildrops.room(user, octets),
      },
    );
    const ms = Math.round(clock.monotonic() - startedMs);
    log[complete ? "info" : "warn"]("ATRN ended", { ...about, ...taken, complete, ms });
    return { ok: complete, result: inWords({ complete, ...taken }, ms), messages: taken.messages };
  } catch (error) {
    log.warn("ATRN broken off", { ...about, reason: messageOf(error) });
    throw error;
  }
}

function inWords({ messages, octets, complete }: TurnedReport, ms: number): string {
  const what = messages === 0 ? "No mail came" : `${count(messages, "message")} came`;
  const took = `, ${size(octets)} in ${span(Math.max(1000, ms))}`;
  const end = complete ? "" : "; the connection ended before the server took its leave";
  return what + (messages === 0 ? "" : took) + end;
}
