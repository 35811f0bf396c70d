import { type Clock, type Endpoint, type Log, serveHttp } from "../../platform/mod.ts";
import { createApp } from "./app.ts";
import { CallButton } from "./call_button.ts";
import { type Drawing, EventStreams } from "./events.ts";
import { securityHeaders } from "./headers.ts";
import type { Httpd, HttpdOptions, StatusSource } from "./mod.ts";
import { Updates } from "./updates.ts";
import { LocalTime, type Moment } from "./views/moment.ts";
import { renderSections, type SectionId } from "./views/sections.ts";

/** What the page is built from. */
export interface HttpdParts {
  readonly source: StatusSource;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a call may be asked for from an address (`manager_ip_address`); from all if absent. */
  readonly mayManage?: (address: string) => boolean;
  /** Whether an address need not wait after a wrong password (`fromip_nolimit`). */
  readonly isFree?: (address: string) => boolean;
  /** Ends the page when aborted, as disposing it does. */
  readonly signal: AbortSignal;
}

/**
 * Opens the status page at `options.host` and `options.port` (0 takes a free one).
 *
 * @throws {Deno.errors.AddrInUse | Error} If it cannot listen there.
 * @throws {RangeError} If there is no such time zone.
 */
export async function startHttpd(
  { host, port, hostnames = [], timeZone }: HttpdOptions,
  { source, clock, log, signal: parent, mayManage = () => true, isFree = () => false }: HttpdParts,
): Promise<Httpd> {
  const ended = new AbortController();
  const signal = AbortSignal.any([parent, ended.signal]);
  const local = new LocalTime(timeZone);
  const moment = (): Moment => ({ nowMs: clock.now(), local });
  const updates = new Updates(async () => draw(await source.snapshot(), moment()));
  const events = new EventStreams({ updates, log, signal });
  const app = createApp({
    source,
    callButton: new CallButton({ source, isFree, mayManage, clock, log }),
    events,
    headers: await securityHeaders(),
    hostnames,
    moment,
    log,
  });
  const server = serveHttp(
    {
      host,
      port,
      handler: (request, remote) => app.fetch(request, { remote }),
      onFailure: (error) => log.error("Cannot accept connections", { reason: String(error) }),
    },
    signal,
  );
  const following = updates.run({ source, clock, log }, signal);
  return {
    listening: written(server.local),
    get sessions() {
      return events.watchers;
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await server[Symbol.asyncDispose]();
      await following;
    },
  };
}

function draw(snapshot: Parameters<typeof renderSections>[0], moment: Moment): Drawing {
  const sections = Object.entries(renderSections(snapshot, moment)) as [SectionId, unknown][];
  return {
    at: moment.local.seconds(moment.nowMs),
    sections: new Map(sections.map(([id, html]) => [id, String(html)])),
  };
}

function written({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
