import type { Clock, Files, Log } from "../platform/mod.ts";
import type { KnownIds, QueueId, SpoolChanges } from "./spool.ts";
import { idsAmong } from "./spool_names.ts";

/** What a {@linkcode SpoolLook} works with. */
export interface SpoolLookOptions {
  readonly path: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** A file that was not written to for so long is whole, in ms: copying ends with setting its time. */
const WHOLE_MS = 10_000;

/** The time of a directory tells of every change only when it is older than its precision, in ms. */
const PRECISION_MS = 2_000;

/** How long a state is kept whose message is gone, in ms. */
const ORPHAN_MS = 30 * 86_400_000;

const NOTHING: SpoolChanges = { appeared: [], gone: [], unsettled: false };

/** Finds out what was done to the files of a spool by hand (F9). */
export class SpoolLook {
  readonly #options: SpoolLookOptions;
  /** Messages with a state: kept up to date. */
  readonly #withState: Set<QueueId>;
  /** The time of the directory at the last look; `undefined` if another one is needed anyhow. */
  #unchangedSince: number | undefined;
  /** Files that were being written at the last look: what they were like. */
  #written = new Map<QueueId, string>();

  constructor(options: SpoolLookOptions, withState: Set<QueueId>) {
    this.#options = options;
    this.#withState = withState;
  }

  /** Told before somebody reads all names: until something changes, nobody need do it again. */
  async begin(): Promise<void> {
    const found = await this.#directory().catch(() => undefined); // The next look finds out more.
    if (found?.isOld) this.#unchangedSince = found.mtimeMs;
  }

  /** See {@linkcode Spool.look}. */
  async look(known: KnownIds): Promise<SpoolChanges> {
    const { path, files } = this.#options;
    const { mtimeMs, isOld } = await this.#directory();
    if (mtimeMs !== 0 && mtimeMs === this.#unchangedSince) return NOTHING;
    const names = await files.listNames(path);
    const here = new Set(idsAmong(names, ".msg"));
    const states = idsAmong(names, ".state");
    const appeared = await this.#whole([...here].filter((id) => !known.has(id)).sort());
    for (const id of states) if (here.has(id)) this.#withState.add(id);
    await this.#clearStates(states.filter((id) => !here.has(id)));
    this.#unchangedSince = isOld && this.#written.size === 0 ? mtimeMs : undefined;
    return {
      appeared,
      gone: Array.from(known.keys()).filter((id) => !here.has(id)),
      unsettled: this.#written.size > 0,
    };
  }

  /** When it was changed last, and whether that is too long ago for two changes at the same time. */
  async #directory(): Promise<{ readonly mtimeMs: number; readonly isOld: boolean }> {
    const { path, files, clock } = this.#options;
    const { mtimeMs = 0 } = await files.stat(path) ?? {};
    return { mtimeMs, isOld: clock.now() - mtimeMs > PRECISION_MS };
  }

  /** Leaves out what somebody is writing: half a message must not be sent. */
  async #whole(ids: readonly QueueId[]): Promise<readonly QueueId[]> {
    const { path, files, clock } = this.#options;
    const before = this.#written;
    this.#written = new Map();
    const whole: QueueId[] = [];
    for (const id of ids) {
      const info = await files.stat(`${path}/${id}.msg`);
      if (info?.kind !== "file") continue;
      const like = `${info.sizeOctets} ${info.mtimeMs}`;
      if (clock.now() - info.mtimeMs > WHOLE_MS || before.get(id) === like) whole.push(id);
      else this.#written.set(id, like);
    }
    return whole;
  }

  /** Whoever moves a message away may leave its state: if it comes back, nobody gets it twice. */
  async #clearStates(orphans: readonly QueueId[]): Promise<void> {
    const { path, files, clock, log } = this.#options;
    for (const id of orphans) {
      const info = await files.stat(`${path}/${id}.state`);
      if (info === undefined || clock.now() - info.mtimeMs <= ORPHAN_MS) continue;
      await files.remove(`${path}/${id}.state`);
      this.#withState.delete(id);
      log.info("Removed the state of a message that is no longer there", { id });
    }
  }
}
