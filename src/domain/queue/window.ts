/** What {@linkcode Window} counts mail for maildrops, robots and files under. */
export const HERE = "";

/** How many messages are held in memory at once, whatever the queue's length. */
export interface WindowLimits {
  /** For users of this appliance. */
  readonly here: number;
  /** For the world. */
  readonly world: number;
  /** For one domain of the world: the rest is for others. */
  readonly domain: number;
  /** So many of a domain have room also when slow ones have taken it all, up to `world` once more. */
  readonly few: number;
}

/** Two batches a domain keep its connection busy; twenty domains have room beside each other. */
export const WINDOW: WindowLimits = { here: 2000, world: 4000, domain: 200, few: 10 };

/** Counts the messages in memory, so that neither a long queue nor one slow domain takes all room. */
export class Window {
  readonly #limits: WindowLimits;
  readonly #counts = new Map<string, number>();
  #world = 0;

  constructor(limits: WindowLimits = WINDOW) {
    this.#limits = limits;
  }

  hasRoom(group: string): boolean {
    const { here, world, domain, few } = this.#limits;
    const count = this.#counts.get(group) ?? 0;
    if (group === HERE) return count < here;
    return (count < domain && this.#world < world) || (count < few && this.#world < 2 * world);
  }

  enter(group: string): void {
    this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
    if (group !== HERE) this.#world++;
  }

  leave(group: string): void {
    const left = (this.#counts.get(group) ?? 0) - 1;
    if (left > 0) this.#counts.set(group, left);
    else this.#counts.delete(group);
    if (group !== HERE) this.#world--;
  }
}
