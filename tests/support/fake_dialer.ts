import type { Dialer } from "../../src/domain/link/mod.ts";

/** A dialer that writes down what it was asked to do. */
export class FakeDialer implements Dialer {
  readonly description = "a line for tests";
  permanent = false;
  readonly calls: string[] = [];
  nextDial: (signal: AbortSignal) => Promise<"dialled" | "joined"> = () =>
    Promise.resolve("dialled");
  nextHangUp: () => Promise<void> = () => Promise.resolve();

  dial(signal: AbortSignal): Promise<"dialled" | "joined"> {
    this.calls.push("dial");
    return this.nextDial(signal);
  }

  hangUp(): Promise<void> {
    this.calls.push("hang up");
    return this.nextHangUp();
  }
}
