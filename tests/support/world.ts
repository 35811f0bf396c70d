import { systemWorld, type World } from "../../src/app/world.ts";
import type { Signals, Terminal } from "../../src/platform/mod.ts";

/** A terminal that remembers what was written, and answers with what it was given. */
export class FakeTerminal implements Terminal {
  isTerminal = false;
  asksPerson = false;
  columns = 80;
  output = "";
  errors: string[] = [];
  secrets: string[] = [];
  input = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  #waiting: { readonly text: string; readonly found: () => void }[] = [];

  write(text: string): void {
    this.output += text;
    for (const { text, found } of this.#waiting) if (this.output.includes(text)) found();
  }

  line(text: string): void {
    this.write(text + "\n");
  }

  /** Resolves once `text` was written. */
  until(text: string): Promise<void> {
    if (this.output.includes(text)) return Promise.resolve();
    return new Promise((found) => this.#waiting.push({ text, found }));
  }

  error(text: string): void {
    this.errors.push(text);
  }

  readSecret(): Promise<string | undefined> {
    return Promise.resolve(this.secrets.shift());
  }
}

/** Signals that a test sends by hand. */
export class FakeSignals implements Signals {
  readonly #stop = new AbortController();
  readonly stop = this.#stop.signal;
  reload: () => void = () => {};
  callNow: () => void = () => {};

  terminate(): void {
    this.#stop.abort(new Error("Asked to stop"));
  }

  onReload(handler: () => void): Disposable {
    this.reload = handler;
    return { [Symbol.dispose]() {} };
  }

  onCallNow(handler: () => void): Disposable {
    this.callNow = handler;
    return { [Symbol.dispose]() {} };
  }

  onUnforeseen(): Disposable {
    return { [Symbol.dispose]() {} };
  }
}

/** The real world with a terminal and signals of the test's own. */
export function testWorld(): World & { terminal: FakeTerminal; signals: FakeSignals } {
  return { ...systemWorld(new FakeSignals()), terminal: new FakeTerminal() } as
    & World
    & { terminal: FakeTerminal; signals: FakeSignals };
}
