import type { CallProgress, CallReason } from "../../../domain/link/mod.ts";
import type { StatusSnapshot } from "../mod.ts";
import { lamp, type Tone } from "./lamp.ts";
import { type Html, markup, type Renderable, tidy } from "./markup.ts";
import { exactly, type Moment } from "./moment.ts";
import { capitalised, count, grouped, size, span } from "../../../formats/words.ts";

type Call = NonNullable<StatusSnapshot["line"]["call"]>;
type AccountProgress = Extract<CallProgress, { kind: "account" }>;

/** More than this are only counted. */
const MAX_EVENTS = 20;

const REASONS: Readonly<Record<CallReason, string>> = {
  schedule: "on schedule",
  command: "asked for by a command",
  page: "asked for on this page",
  queue: "because mail was waiting to go out",
};

const PHASES: Readonly<Record<AccountProgress["phase"], string>> = {
  connecting: "Connecting",
  listing: "Looking what is there",
  fetching: "Collecting",
  deleting: "Removing what was collected from the provider",
  done: "Done",
};

/** The call in progress: what each account has done so far, with a bar. */
export function renderCall({ startedAtMs, reason, events }: Call, moment: Moment): Html {
  const lasted = exactly(startedAtMs, span(moment.nowMs - startedAtMs), moment);
  const hidden = events.length - MAX_EVENTS;
  return markup`<div class="call"><h3>Call in progress</h3>
<p>For ${lasted}, ${REASONS[reason]}</p>
<ul>${events.slice(0, MAX_EVENTS).map(renderEvent)}</ul>${
    hidden > 0 && markup`<p class="more">and ${hidden} more</p>`
  }</div>`;
}

function renderEvent(event: CallProgress): Html {
  switch (event.kind) {
    case "line":
      return step({ tone: "calm", text: capitalised(tidy(event.text)) });
    case "etrn": {
      const { domain, ok, result } = event.report;
      const text = `Asked the provider for mail to ${tidy(domain)}: ${tidy(result)}`;
      return step({ tone: ok ? "good" : "bad", text });
    }
    case "account":
      return step({ title: tidy(event.account), text: amount(event), bar: bar(event) });
    case "account done": {
      const { account, ok, result, octets } = event.report;
      const text = [capitalised(tidy(result)), octets > 0 && `, ${size(octets)}`];
      return step({ tone: ok ? "good" : "bad", title: tidy(account), text });
    }
    case "sent": {
      const { delivered, waiting, failed } = event;
      const rest = waiting > 0 ? `${grouped(waiting)} to go` : "none left to go";
      const returned = failed > 0 ? `, ${grouped(failed)} returned to the sender` : "";
      const text = `${count(delivered, "message")} sent, ${rest}${returned}`;
      return step({ title: "Sending:", text, ...(failed > 0 ? { tone: "bad" } : {}) });
    }
  }
}

function step(
  { tone = "busy", title, text, bar }: {
    readonly tone?: Tone;
    readonly title?: string;
    readonly text: Renderable;
    readonly bar?: Html;
  },
): Html {
  return markup`<li>${lamp(tone)}${
    title && markup`<b>${title}</b> `
  }<span>${text}</span>${bar}</li>`;
}

function amount({ phase, messages, messagesTotal, octets, octetsTotal }: AccountProgress): string {
  if (messagesTotal === 0) return PHASES[phase];
  const done = `${grouped(messages)} of ${count(messagesTotal, "message")}`;
  return `${PHASES[phase]}: ${done}, ${size(octets)} of ${size(octetsTotal)}`;
}

function bar({ account, messages, messagesTotal, octets, octetsTotal }: AccountProgress): Html {
  // By octets where they are known: ten small messages and a large one are not eleven equal steps.
  const [value, max] = octetsTotal > 0 ? [octets, octetsTotal] : [messages, messagesTotal];
  return markup`<progress value="${Math.min(value, max)}" max="${Math.max(max, 1)}" aria-label="${
    tidy(account)
  }"></progress>`;
}
