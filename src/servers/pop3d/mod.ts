/**
 * DPOP: the POP3 server.
 *
 * @module
 */
import type { Endpoint } from "../../platform/mod.ts";

/** How the POP3 server behaves. A session keeps the options it began with. */
export interface Pop3dOptions {
  readonly hostname: string;
  readonly version: string;
  readonly maxSessions: number;
  /** RFC 1939 section 3: at least 10 minutes. */
  readonly idleTimeoutMs: number;
}

/** A running server. Disposing it stops listening, then waits for its sessions, then ends them. */
export interface Pop3d extends AsyncDisposable {
  readonly listening: readonly Endpoint[];
  readonly sessions: readonly {
    readonly user: string;
    readonly from: string;
    readonly sinceMs: number;
  }[];
}
