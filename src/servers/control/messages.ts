/** What a client asks: one JSON line. */
export interface ControlRequest {
  readonly command: string;
  readonly args: readonly string[];
}

/** What it is told: JSON lines, the last one is `end` with the exit code. */
export type ControlReply =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "event"; readonly event: unknown }
  /** Says only that the command is still being carried out; to clients over the network. */
  | { readonly kind: "alive" }
  | { readonly kind: "end"; readonly code: number };

/** Longest request line, in octets. */
export const MAX_REQUEST_OCTETS = 64 * 1024;

/** Longest reply line, in octets: the report of a call with very many accounts. */
export const MAX_REPLY_OCTETS = 16 * 1024 * 1024;

/** One line of JSON, with its end. */
export function encodeLine(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value) + "\n");
}

/** The object a line holds; `undefined` if it is something else. */
export function parseLine(line: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    return typeof value === "object" && value !== null
      ? value as Readonly<Record<string, unknown>>
      : undefined;
  } catch {
    return undefined;
  }
}

/** The request a line holds; `undefined` if it is not from a client of ours. */
export function parseRequest(line: Uint8Array): ControlRequest | undefined {
  const { command, args } = parseLine(line) ?? {};
  const wellFormed = typeof command === "string" && Array.isArray(args) &&
    args.every((arg) => typeof arg === "string");
  return wellFormed ? { command, args } : undefined;
}
