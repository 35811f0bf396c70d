import type { Connection } from "../../platform/mod.ts";

/** Closes `connection` when `signal` is aborted, until it is disposed. */
export function closedBy(
  signal: AbortSignal | undefined,
  connection: Pick<Connection, "close">,
): Disposable {
  const close = () => connection.close();
  if (signal?.aborted) close();
  signal?.addEventListener("abort", close, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", close) };
}
