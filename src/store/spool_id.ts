import type { Clock, Random } from "../platform/mod.ts";
import type { QueueId } from "./spool.ts";

/** Crockford's base 32: no letter that is taken for a digit, one case, safe in file names. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** 9 characters hold 45 bits of milliseconds, until the year 3084; 7 hold 35 bits of chance. */
const TIME_CHARACTERS = 9;
const CHANCE_CHARACTERS = 7;
const CHANCE_LIMIT = 2 ** 35;
const TIME_LIMIT = 2 ** 45;

/**
 * Makes queue ids that sort by the time they were made, also while the clock is set back. Two
 * within a millisecond differ by one: an id is a name, not a secret.
 */
export class QueueIds {
  readonly #clock: Clock;
  readonly #random: Random;
  #timeMs = -1;
  #chance = 0;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  next(): QueueId {
    const nowMs = Math.min(Math.max(Math.floor(this.#clock.now()), 0), TIME_LIMIT - 1);
    if (nowMs > this.#timeMs) {
      this.#timeMs = nowMs;
      this.#chance = this.#draw();
    } else if (++this.#chance === CHANCE_LIMIT) {
      this.#timeMs++;
      this.#chance = this.#draw();
    }
    const id = base32(this.#timeMs, TIME_CHARACTERS) + base32(this.#chance, CHANCE_CHARACTERS);
    return id as QueueId;
  }

  #draw(): number {
    return this.#random.bytes(5).reduce((bits, octet) => bits * 256 + octet, 0) % CHANCE_LIMIT;
  }
}

/** Whether `text` is written like a queue id: nothing else becomes part of a path. */
export function isQueueId(text: string): text is QueueId {
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(text);
}

function base32(value: number, characters: number): string {
  let text = "";
  for (let rest = value; text.length < characters; rest = Math.floor(rest / 32)) {
    text = ALPHABET[rest % 32] + text;
  }
  return text;
}
