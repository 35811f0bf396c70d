import { type Connection, LineReader, type LocalSockets } from "../../platform/mod.ts";
import type { ControlReply, ControlRequest } from "./control.ts";

/** Longest reply line, in octets: the report of a call with very many accounts. */
const MAX_REPLY_OCTETS = 16 * 1024 * 1024;

/** How asking went. */
export type ControlAnswer =
  | { readonly kind: "answered"; readonly code: number }
  /** Nobody listens: the appliance does not run, or runs with another work_path. */
  | { readonly kind: "not running" }
  /** It runs, but as another user whose socket we may not open. */
  | { readonly kind: "not allowed" }
  /** It stopped in the middle of the answer. */
  | { readonly kind: "cut off" };

/** Asks the appliance that runs with the socket at `path`; hands on what it says as it comes. */
export async function askControl(
  { path, request }: { path: string; request: ControlRequest },
  sockets: LocalSockets,
  on: { text(text: string): void; event?(event: unknown): void },
): Promise<ControlAnswer> {
  const opened = await open(path, sockets);
  if (opened.kind !== "open") return opened;
  using connection = opened.connection;
  await connection.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
  const reader = new LineReader(connection, { maxLineOctets: MAX_REPLY_OCTETS });
  const decoder = new TextDecoder();
  for (let line = await next(reader); line !== undefined; line = await next(reader)) {
    const reply = JSON.parse(decoder.decode(line)) as ControlReply;
    switch (reply.kind) {
      case "text":
        on.text(reply.text);
        break;
      case "event":
        on.event?.(reply.event);
        break;
      case "end":
        return { kind: "answered", code: reply.code };
    }
  }
  return { kind: "cut off" };
}

async function open(
  path: string,
  sockets: LocalSockets,
): Promise<ControlAnswer | { readonly kind: "open"; readonly connection: Connection }> {
  try {
    return { kind: "open", connection: await sockets.connect(path) };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const denied = error instanceof Error && error.name === "PermissionDenied";
    return { kind: denied ? "not allowed" : "not running" };
  }
}

/** A connection that breaks is as good as one that ends. */
async function next(reader: LineReader): Promise<Uint8Array | undefined> {
  return await reader.readLine().catch(() => undefined);
}
