import { type Html, markup } from "./markup.ts";

/** How something is: fine, at work, not quite right, wrong, at rest. */
export type Tone = "good" | "busy" | "warn" | "bad" | "calm";

/** A small coloured lamp, without text: the words beside it say the same. */
export function lamp(tone: Tone): Html {
  return markup`<i class="lamp ${tone}"></i>`;
}
