import type { LogLevel } from "../../../platform/mod.ts";
import type { StatusSnapshot } from "../mod.ts";
import { type Html, markup, tidy } from "./markup.ts";
import { exactly, type Moment } from "./moment.ts";
import { nothing } from "./table.ts";

/** What everybody sees; on a phone that is about one screen. */
const LATEST_LINES = 8;

const MAX_LINES = 18;

/** Words for the levels that deserve one. */
const LEVELS: Readonly<
  Partial<Record<LogLevel, { readonly word: string; readonly tone: string }>>
> = { error: { word: "Error", tone: "bad" }, warn: { word: "Warning", tone: "warn" } };

type Line = StatusSnapshot["log"][number];

/** The latest log lines, newest first. */
export function renderLog(log: readonly Line[], moment: Moment): Html {
  return markup`<h2>Latest events</h2>${
    log.length === 0
      ? nothing("Nothing has happened yet.")
      : renderLines(log.slice(-LATEST_LINES), moment)
  }`;
}

/** The log lines before those of {@linkcode renderLog}; nothing at all if there are none. */
export function renderEarlier(log: readonly Line[], moment: Moment): Html {
  const earlier = log.slice(-MAX_LINES, -LATEST_LINES);
  return earlier.length === 0 ? markup`` : renderLines(earlier, moment);
}

function renderLines(lines: readonly Line[], moment: Moment): Html {
  return markup`<ol class="log">${lines.toReversed().map((line) => renderLine(line, moment))}</ol>`;
}

function renderLine({ atMs, program, level, text }: Line, moment: Moment): Html {
  const mark = LEVELS[level];
  return markup`<li>${exactly(atMs, moment.local.seconds(atMs), moment)} <i>${tidy(program, 40)}</i>
<span>${mark && markup`<b class="${mark.tone}">${mark.word}</b> `}${tidy(text, 300)}</span></li>`;
}
