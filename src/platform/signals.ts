/** What the system may ask of a running program. */
export interface Signals {
  /** Aborted when the program shall end (SIGTERM, SIGINT); a second time ends it at once. */
  readonly stop: AbortSignal;
  /** Calls `handler` whenever the configuration shall be read again (SIGHUP). */
  onReload(handler: () => void): Disposable;
  /** Calls `handler` whenever a call shall be made now (SIGUSR1). */
  onCallNow(handler: () => void): Disposable;
  /** Calls `handler` with a failure that nobody awaited, which would end the program otherwise. */
  onUnforeseen(handler: (reason: unknown) => void): Disposable;
}

/** Exit code of a program that was stopped by force: 128 + SIGTERM. */
const FORCED_EXIT_CODE = 143;

/** Ctrl-C may come twice: from the terminal, and from a program above us that hands it on (npx). */
const SAME_KEYSTROKE_MS = 1000;

/** Starts to listen for the system's signals. */
export function systemSignals(): Signals {
  const stop = new AbortController();
  let askedMs: number | undefined;
  const ask = () => {
    const nowMs = performance.now();
    if (askedMs !== undefined && nowMs - askedMs > SAME_KEYSTROKE_MS) Deno.exit(FORCED_EXIT_CODE);
    askedMs ??= nowMs;
    stop.abort(new Error("Asked to stop"));
  };
  const stopSignals: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  for (const name of stopSignals) Deno.addSignalListener(name, ask);
  return {
    stop: stop.signal,
    onReload: (handler) => listen("SIGHUP", handler),
    onCallNow: (handler) => listen("SIGUSR1", handler),
    onUnforeseen(handler) {
      const listener = (event: PromiseRejectionEvent) => {
        event.preventDefault();
        handler(event.reason);
      };
      addEventListener("unhandledrejection", listener);
      return { [Symbol.dispose]: () => removeEventListener("unhandledrejection", listener) };
    },
  };
}

function listen(name: Deno.Signal, handler: () => void): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} }; // It has neither of them.
  Deno.addSignalListener(name, handler);
  return { [Symbol.dispose]: () => Deno.removeSignalListener(name, handler) };
}
