import type { QueueEntry } from "../../../domain/queue/mod.ts";
import type { StatusSnapshot } from "../mod.ts";
import { lamp } from "./lamp.ts";
import { type Html, markup, type Renderable, tidy } from "./markup.ts";
import type { Moment } from "./moment.ts";
import { count, span } from "../../../formats/words.ts";

/** Mail that waits longer than this is somebody's business: a day, as senders begin to ask. */
const LONG_WAIT_MS = 24 * 3_600_000;

const MAX_ACCOUNTS = 5;

/** What a person should look into; nothing at all if everything is as it should be. */
export function renderAttention(snapshot: StatusSnapshot, moment: Moment): Html {
  const concerns = [
    ...configurationConcerns(snapshot),
    ...callConcerns(snapshot),
    ...accountConcerns(snapshot),
    ...sendingConcerns(snapshot),
    ...queueConcerns(snapshot, moment),
  ];
  if (concerns.length === 0) return markup``;
  return markup`<h2>Needs attention</h2><ul>${
    concerns.map((concern) => markup`<li>${lamp("bad")}<span>${concern}</span></li>`)
  }</ul>`;
}

function configurationConcerns({ problems }: StatusSnapshot): readonly Renderable[] {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (errors === 0) return [];
  return [markup`<a href="#problems">The configuration has ${count(errors, "error")}</a>.`];
}

function callConcerns({ lastCall }: StatusSnapshot): readonly Renderable[] {
  return lastCall?.line === "failed" ? ["The last call could not get the line."] : [];
}

function accountConcerns({ accounts }: StatusSnapshot): readonly Renderable[] {
  const failed = accounts.filter(({ ok }) => !ok);
  const named = failed.slice(0, MAX_ACCOUNTS).map(({ account, result }) =>
    markup`<a href="#accounts">${tidy(account)}</a>: ${tidy(result)}`
  );
  const unnamed = failed.length - named.length;
  return unnamed > 0
    ? [...named, `${count(unnamed, "more mailbox", "more mailboxes")} failed`]
    : named;
}

function sendingConcerns({ suspended }: StatusSnapshot): readonly Renderable[] {
  if (!suspended) return [];
  return [markup`Outgoing mail is suspended; <code>dmail tellsmtp resume</code> lets it go.`];
}

function queueConcerns({ queue }: StatusSnapshot, { nowMs }: Moment): readonly Renderable[] {
  const ages = queue.filter((entry) => !isMeantToWait(entry)).map((entry) =>
    nowMs - entry.submittedAtMs
  );
  const longest = Math.max(0, ...ages);
  if (longest < LONG_WAIT_MS) return [];
  return [markup`<a href="#queue">A message has been waiting</a> to go out for ${span(longest)}.`];
}

/** What the administrator holds back, or has suspended, waits as long as it was told to. */
function isMeantToWait({ held, pending }: QueueEntry): boolean {
  return held || pending.every(({ waitsForEtrn }) => waitsForEtrn);
}
