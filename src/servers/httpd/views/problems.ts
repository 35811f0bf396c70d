import type { StatusSnapshot } from "../mod.ts";
import { lamp } from "./lamp.ts";
import { type Html, markup, tidy } from "./markup.ts";
import { more, nothing } from "./table.ts";

const MAX_ROWS = 10;

/** What is wrong or doubtful in the configuration, with file and line; errors first. */
export function renderProblems(problems: StatusSnapshot["problems"]): Html {
  const errors = problems.filter(({ severity }) => severity === "error");
  const warnings = problems.filter(({ severity }) => severity === "warning");
  return markup`<h2>Configuration</h2>${
    problems.length === 0
      ? nothing("No problems found.")
      : markup`<ul class="problems">${
        [...errors, ...warnings].slice(0, MAX_ROWS).map(({ severity, text }) =>
          markup`<li>${lamp(severity === "error" ? "bad" : "warn")}<span><b>${
            severity === "error" ? "Error" : "Warning"
          }</b> ${tidy(text, 300)}</span></li>`
        )
      }</ul>`
  }${more(problems.length - MAX_ROWS, markup`<code>dmail check</code> lists them all`)}`;
}
