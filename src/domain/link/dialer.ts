/** The line could not be brought up; callers try again at the next window. */
export class LinkError extends Error {
  override name = "LinkError";
}

/** Brings the line up and down: a modem, a PPP script, a command, or nothing at all. */
export interface Dialer {
  /** What kind of line, in words, for the page: "always up", "dialled when needed". */
  readonly description: string;
  /** True if the line is always there: nothing waits for a call, nothing is dialled or hung up. */
  readonly permanent: boolean;
  /**
   * Brings the line up, or joins one that another program has brought up (B46).
   *
   * @throws {LinkError} With the reason in words.
   * @throws The abort reason; the line is down then.
   */
  dial(signal: AbortSignal): Promise<"dialled" | "joined">;
  /** Takes the line down. Never called for a line that was only joined. */
  hangUp(): Promise<void>;
}
