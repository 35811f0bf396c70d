import type { LineState } from "../../src/app/while_up.ts";
import type { LinkState } from "../../src/domain/link/mod.ts";

/** A line that goes up and down as a test says. */
export class FakeLine implements LineState {
  readonly permanent: boolean;
  state: LinkState;
  readonly #listeners = new Set<(state: LinkState) => void>();

  constructor({ permanent = true, state = "up" as LinkState } = {}) {
    this.permanent = permanent;
    this.state = state;
  }

  /** How many watch it. */
  get watched(): number {
    return this.#listeners.size;
  }

  onChange(listener: (state: LinkState) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  becomes(state: LinkState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
