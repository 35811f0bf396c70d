import type { Link } from "../domain/link/mod.ts";

/** What is known of the line. */
export type LineState = Pick<Link, "onChange" | "permanent" | "state">;

/** Whether something may be sent over the line without dialling. */
export function isUp({ permanent, state }: LineState): boolean {
  return permanent || state === "up";
}

/**
 * A signal that is aborted with `parent`, or when the line goes down: for what uses a line that
 * others hold and must neither keep it up nor dial it. Disposing stops watching.
 */
export function whileUp(
  link: LineState,
  parent: AbortSignal,
): { readonly signal: AbortSignal } & Disposable {
  const down = new AbortController();
  const watching = link.onChange(() => {
    if (!isUp(link)) down.abort(new Error("The line went down"));
  });
  if (!isUp(link)) down.abort(new Error("The line is down"));
  return {
    signal: AbortSignal.any([parent, down.signal]),
    [Symbol.dispose]: () => watching[Symbol.dispose](),
  };
}
