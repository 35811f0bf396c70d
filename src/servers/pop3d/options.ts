/** How the POP3 server behaves. A session keeps the options it began with. */
export interface Pop3dOptions {
  readonly hostname: string;
  readonly version: string;
  readonly maxSessions: number;
  /** RFC 1939 section 3: at least 10 minutes. */
  readonly idleTimeoutMs: number;
}
