import type { Appliance } from "../appliance.ts";

/** What a control command can do while it runs. */
export interface ControlSession {
  readonly appliance: Appliance;
  readonly args: readonly string[];
  readonly text: (text: string) => Promise<void>;
  readonly event: (event: unknown) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Carries out one command; resolves to its exit code. */
export type ControlCommand = (session: ControlSession) => Promise<number>;

/** Commands by name. */
export type ControlCommands = Readonly<Record<string, ControlCommand>>;
