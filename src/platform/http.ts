import { systemClock } from "./clock.ts";
import type { Endpoint } from "./net.ts";

/** Answers one HTTP request that came from `remote`. */
export type HttpHandler = (request: Request, remote: Endpoint) => Response | Promise<Response>;

/** Where to listen and who answers. */
export interface HttpServeOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Must not throw: an error would be answered with a bare 500. */
  readonly handler: HttpHandler;
  /** Called once, with the port that was taken. */
  readonly onListen?: (local: Endpoint) => void;
  /** Hears why no connection could be accepted for a moment. */
  readonly onFailure?: (error: unknown) => void;
}

/** How long nothing is accepted after a failure, in ms. */
const RETRY_MS = 1000;

/** A listening HTTP server. Disposing it ends it and every connection, and waits for their end. */
export interface HttpServer extends AsyncDisposable {
  readonly local: Endpoint;
  /** Resolves when the server has ended, for whatever reason. */
  readonly finished: Promise<void>;
}

/**
 * Serves HTTP/1.1 and HTTP/2 until `signal` is aborted.
 *
 * The end is at once, not graceful: a client that holds its connection open for live events would
 * hold up a graceful one for ever. The body stream of a request that was cut is cancelled.
 *
 * @throws {Deno.errors.AddrInUse | Deno.errors.PermissionDenied | Error} If it cannot listen.
 */
export function serveHttp(
  options: HttpServeOptions,
  signal?: AbortSignal,
): HttpServer {
  const ended = new AbortController();
  const end = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  const first = new Run(options, end);
  const { hostname, port } = first.server.addr;
  const finished = keepServing(first, { ...options, port, onListen: () => {} }, end);
  return {
    local: { host: hostname, port },
    finished,
    async [Symbol.asyncDispose]() {
      ended.abort();
      await finished;
    },
  };
}

/** Serves until `end` is aborted or it is disposed; connections end with it. */
class Run implements Disposable {
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ended = new AbortController();

  constructor({ host, port, handler, onListen }: HttpServeOptions, end: AbortSignal) {
    this.server = Deno.serve(
      {
        hostname: host,
        port,
        signal: AbortSignal.any([end, this.#ended.signal]),
        onListen: ({ hostname, port }) => onListen?.({ host: hostname, port }),
      },
      (request, { remoteAddr }) => handler(request, endpointOf(remoteAddr)),
    );
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
  }
}

/**
 * Deno.serve() ends for good when a connection cannot be accepted, for want of file descriptors
 * above all, and takes the program along if nobody awaits that. Here it gives up the connections it
 * has, idle ones most likely, and begins anew.
 */
async function keepServing(
  first: Run,
  options: HttpServeOptions,
  end: AbortSignal,
): Promise<void> {
  let next: Run | undefined = first;
  while (!end.aborted) {
    try {
      using run = next ?? new Run(options, end);
      next = undefined;
      return await run.server.finished;
    } catch (error) {
      if (!end.aborted) options.onFailure?.(error);
    }
    await systemClock.sleep(RETRY_MS, end).catch(() => {}); // The loop looks why.
  }
}

function endpointOf({ hostname, port }: Deno.NetAddr): Endpoint {
  // A dual-stack listener reports an IPv4 client as IPv6; rules are written for IPv4.
  return { host: hostname.replace(/^::ffff:(?=\d+\.)/i, ""), port };
}
