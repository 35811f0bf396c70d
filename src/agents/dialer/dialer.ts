import { type Dialer, LinkError } from "../../domain/link/mod.ts";
import type { Clock, CommandResult, Commands, Log } from "../../platform/mod.ts";

/** What the configuration says about the line. */
export interface LinkOptions {
  /** Command that brings the line up (`link_up`) and ends with 0 when packets flow; empty for none. */
  readonly up: string;
  /** Command that takes it down (`link_down`); empty for none. */
  readonly down: string;
  /** Command that ends with 0 if the line is up (`link_check`); empty for none. */
  readonly check: string;
  /** How long each of them may take, ms. */
  readonly timeoutMs: number;
  /** Whether `ras_entry` or `ras_number` ask for Windows dial-up networking (S24). */
  readonly ras: boolean;
}

/** What a dialer is made of. */
export interface DialerDeps {
  readonly commands: Commands;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes the dialer for a line; without commands the line is taken to be always up (A35). */
export function createDialer(options: LinkOptions, deps: DialerDeps): Dialer {
  return options.up === "" && options.check === ""
    ? permanentLine(options)
    : new CommandDialer(options, deps);
}

function permanentLine({ ras }: LinkOptions): Dialer {
  return {
    description: ras ? "always up (ras_ settings need link_up on this machine)" : "always up",
    permanent: true,
    dial: () => Promise.resolve("joined"),
    hangUp: () => Promise.resolve(),
  };
}

class CommandDialer implements Dialer {
  readonly permanent = false;
  readonly description: string;
  readonly #options: LinkOptions;
  readonly #deps: DialerDeps;
  /** Whether we have dialled since we last hung up: after a failed link_down the line may be up. */
  #ours = false;

  constructor(options: LinkOptions, deps: DialerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.description = options.up === "" ? "brought up by another program" : "dialled when needed";
  }

  async dial(signal: AbortSignal): Promise<"dialled" | "joined"> {
    const { up, check } = this.#options;
    if (check !== "" && (await this.#run("link_check", check, signal)).code === 0) {
      return this.#ours ? "dialled" : "joined";
    }
    if (up === "") throw new LinkError("The line is down, and there is no link_up to dial it");
    await this.#dialUp(signal);
    return "dialled";
  }

  async hangUp(): Promise<void> {
    const { down } = this.#options;
    if (down === "") return;
    const result = await this.#run("link_down", down);
    if (result.code !== 0) throw new LinkError(`link_down ${ending(result)}`);
    this.#ours = false;
  }

  async #dialUp(signal: AbortSignal): Promise<void> {
    let result: CommandResult;
    this.#ours = true;
    try {
      result = await this.#run("link_up", this.#options.up, signal);
    } catch (error) {
      await this.#cleanUp();
      throw error;
    }
    if (result.code === 0) return;
    // A command that ended by itself has tidied up; one that was killed may have left a modem busy.
    if (result.code === undefined) await this.#cleanUp();
    else this.#ours = false;
    throw new LinkError(`link_up ${ending(result)}`);
  }

  async #cleanUp(): Promise<void> {
    try {
      await this.hangUp();
    } catch (error) {
      // The reason why dialling ended is the one to report.
      this.#deps.log.warn("Cannot hang up after dialling failed", { reason: String(error) });
    }
  }

  async #run(name: string, command: string, signal?: AbortSignal): Promise<CommandResult> {
    const { commands, clock, log } = this.#deps;
    const start = clock.monotonic();
    const result = await commands.run(command, { timeoutMs: this.#options.timeoutMs }, signal);
    log.debug("Line command ended", { name, code: result.code, ms: clock.monotonic() - start });
    return result;
  }
}

/** How a command ended, with the last line it wrote: that is where programs say what is wrong. */
function ending({ code, output, timedOut }: CommandResult): string {
  const how = timedOut
    ? "did not end in time"
    : code === undefined
    ? "was killed"
    : `ended with ${code}`;
  const last = output.split("\n").map((line) => line.trim()).filter((line) => line !== "").at(-1);
  return last === undefined ? how : `${how}: ${last}`;
}
