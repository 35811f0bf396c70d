import type { LogLevel } from "../../../platform/mod.ts";
import type { StatusSnapshot } from "../mod.ts";
import { type Html, markup, tidy } from "./markup.ts";
import { exactly, type Moment } from "./moment.ts";
import { nothing } from "./table.ts";

const MAX_LINES = 20;

/** Words for the levels that deserve one. */
const LEVELS: Readonly<
  Partial<Record<LogLevel, { readonly word: string; readonly tone: string }>>
> = { error: { word: "Error", tone: "bad" }, warn: { word: "Warning", tone: "warn" } };

/** The latest log lines, newest first. */
export function renderLog(log: StatusSnapshot["log"], moment: Moment): Html {
  return markup`<h2>Latest events</h2>${
    log.length === 0
      ? nothing("Nothing has happened yet.")
      : markup`<ol class="log">${
        log.slice(-MAX_LINES).toReversed().map((line) => renderLogLine(line, moment))
      }</ol>`
  }`;
}

function renderLogLine(
  { atMs, program, level, text }: StatusSnapshot["log"][number],
  moment: Moment,
): Html {
  const mark = LEVELS[level];
  return markup`<li>${exactly(atMs, moment.local.seconds(atMs), moment)} <i>${tidy(program, 40)}</i>
<span>${mark && markup`<b class="${mark.tone}">${mark.word}</b> `}${tidy(text, 300)}</span></li>`;
}
