import type { CallReport, LinkState } from "../../../domain/link/mod.ts";
import type { StatusSnapshot } from "../mod.ts";
import { renderCall } from "./call.ts";
import { lamp, type Tone } from "./lamp.ts";
import { type Html, markup, type Renderable, tidy } from "./markup.ts";
import { exactly, type Moment, timeAgo, timeAhead } from "./moment.ts";
import { capitalised, span } from "../../../formats/words.ts";

const STATES: Readonly<Record<LinkState, { readonly word: string; readonly tone: Tone }>> = {
  "down": { word: "Down", tone: "calm" },
  "dialling": { word: "Dialling", tone: "busy" },
  "up": { word: "Up", tone: "good" },
  "hanging up": { word: "Hanging up", tone: "busy" },
};

/** The three readings everybody looks for first, and the call in progress if there is one. */
export function renderLine(
  { line, lastCall }: Pick<StatusSnapshot, "line" | "lastCall">,
  moment: Moment,
): Html {
  return markup`<h2 class="hidden">The line</h2>
<dl class="readings">${stateReading(line, moment)}${lastCallReading(lastCall, moment)}${
    nextCallReading(line, moment)
  }</dl>${line.call && renderCall(line.call, moment)}`;
}

function stateReading(line: StatusSnapshot["line"], moment: Moment): Html {
  const { word, tone } = STATES[line.state];
  const forHowLong = span(moment.nowMs - line.sinceMs);
  return reading("The line", markup`${lamp(tone)}${word}`, [
    markup`for ${exactly(line.sinceMs, forHowLong, moment)}<br>`,
    capitalised(tidy(line.description)),
  ]);
}

function lastCallReading(lastCall: CallReport | undefined, moment: Moment): Html {
  if (lastCall === undefined) {
    return reading(
      "Last call",
      "None yet",
      "No call has been made",
    );
  }
  const endedAtMs = lastCall.startedAtMs + lastCall.durationMs;
  return reading("Last call", timeAgo(endedAtMs, moment), [
    !lastCall.ok && markup`<strong>Not all went well.</strong> `,
    tidy(lastCall.summary, 300),
  ]);
}

function nextCallReading({ call, nextCallMs }: StatusSnapshot["line"], moment: Moment): Html {
  if (call !== undefined) {
    const then = nextCallMs !== undefined &&
      markup`The one after it: ${timeAhead(nextCallMs, moment)}`;
    return reading("Next call", "Going on now", then);
  }
  if (nextCallMs === undefined) {
    return reading("Next call", "Not planned", "Someone has to ask for it");
  }
  return reading("Next call", timeAhead(nextCallMs, moment), [
    "at ",
    exactly(nextCallMs, moment.local.minutes(nextCallMs), moment),
  ]);
}

function reading(name: string, value: Renderable, note: Renderable): Html {
  return markup`<div><dt>${name}</dt><dd class="value">${value}</dd><dd>${note}</dd></div>`;
}
