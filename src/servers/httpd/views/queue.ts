import type { QueueEntry } from "../../../domain/queue/mod.ts";
import { address, type Html, markup, type Renderable, tidy } from "./markup.ts";
import { exactly, type Moment, timeAhead } from "./moment.ts";
import { more, nothing, wideTable } from "./table.ts";
import { grouped, size, span } from "../../../formats/words.ts";

const MAX_ROWS = 10;
const MAX_RECIPIENTS = 3;
const MAX_REASONS = 2;

/** What the appliance has promised to deliver and has not yet delivered. */
export function renderQueue(
  { entries, total, suspended }: {
    readonly entries: readonly QueueEntry[];
    readonly total: number;
    readonly suspended: boolean;
  },
  moment: Moment,
): Html {
  return markup`<h2>Waiting to go out${
    total > 0 && markup` <span class="count">${grouped(total)}</span>`
  }</h2>${
    entries.length === 0 ? nothing("Nothing is waiting.") : wideTable({
      caption: "Messages that wait to be delivered",
      columns: [
        { title: "Message", kind: "main" },
        { title: "Reason" },
        { title: "Next try" },
        { title: "Age", kind: "short" },
        { title: "Size", kind: "number" },
      ],
      rows: entries.slice(0, MAX_ROWS).map((entry) => [
        addresses(entry),
        reasons(entry),
        nextTry(entry, suspended, moment),
        exactly(entry.submittedAtMs, span(moment.nowMs - entry.submittedAtMs), moment),
        size(entry.sizeOctets),
      ]),
    })
  }${
    more(
      total - Math.min(entries.length, MAX_ROWS),
      markup`<code>dmail queue</code> tells more`,
    )
  }`;
}

function addresses({ sender, pending }: QueueEntry): Html {
  const named = pending.slice(0, MAX_RECIPIENTS).map((recipient, index) => [
    index > 0 && ", ",
    markup`<b>${address(recipient.address)}</b>`,
  ]);
  const unnamed = pending.length - named.length;
  return markup`to ${named}${unnamed > 0 && ` and ${unnamed} more`}<br><small>from ${
    sender === "" ? "the mail server itself (a delivery report)" : address(sender)
  }</small>`;
}

function reasons({ held, pending }: QueueEntry): Renderable {
  if (held) return "Held by the administrator";
  const known = new Set(pending.map(({ lastReason }) => tidy(lastReason)).filter((r) => r !== ""));
  if (known.size === 0) return "Not tried yet";
  return [...known].slice(0, MAX_REASONS).join("; ") + (known.size > MAX_REASONS ? "; …" : "");
}

function nextTry({ held, pending }: QueueEntry, suspended: boolean, moment: Moment): Renderable {
  if (held) return "when released";
  const times = pending.map(({ nextAttemptMs }) => nextAttemptMs).filter((ms) => ms !== undefined);
  if (times.length > 0) return timeAhead(Math.min(...times), moment);
  if (pending.length > 0 && pending.every(({ waitsForEtrn }) => waitsForEtrn)) {
    return `suspended until ${pending.every(({ goesByAtrn }) => goesByAtrn) ? "ATRN" : "ETRN"}`;
  }
  return suspended ? "when resumed" : "when the line is up";
}
