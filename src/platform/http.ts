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
}

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
  { host, port, handler, onListen }: HttpServeOptions,
  signal?: AbortSignal,
): HttpServer {
  const ended = new AbortController();
  const server = Deno.serve(
    {
      hostname: host,
      port,
      signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal,
      onListen: ({ hostname, port }) => onListen?.({ host: hostname, port }),
    },
    (request, { remoteAddr }) => handler(request, endpointOf(remoteAddr)),
  );
  return {
    local: { host: server.addr.hostname, port: server.addr.port },
    finished: server.finished,
    async [Symbol.asyncDispose]() {
      ended.abort();
      await server.finished;
    },
  };
}

function endpointOf({ hostname, port }: Deno.NetAddr): Endpoint {
  // A dual-stack listener reports an IPv4 client as IPv6; rules are written for IPv4.
  return { host: hostname.replace(/^::ffff:(?=\d+\.)/i, ""), port };
}
