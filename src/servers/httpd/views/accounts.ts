import { askedBy, type CallReport } from "../../../domain/link/mod.ts";
import type { StatusSnapshot } from "../mod.ts";
import { lamp } from "./lamp.ts";
import { address, type Html, markup, tidy } from "./markup.ts";
import { type Moment, timeAgo } from "./moment.ts";
import { more, nothing, wideTable } from "./table.ts";
import { capitalised, count, size } from "../../../formats/words.ts";

const MAX_ROWS = 12;

/** Names up to this length have room on one line, also beside the result on a wide screen. */
const MAX_WHOLE_NAME = 32;

type Account = StatusSnapshot["accounts"][number];

/** What mail was asked for in a call, and what came of it. */
type Asked = CallReport["etrn"];

/**
 * The mailboxes at the provider and how the last collection of each went; where there are none, what
 * the server upstream said when it was asked for mail.
 */
export function renderAccounts(
  { accounts, total, asked }: {
    readonly accounts: readonly Account[];
    readonly total: number;
    readonly asked: Asked;
  },
  moment: Moment,
): Html {
  return markup`<h2>Collected from the provider</h2>${
    accounts.length === 0 ? noResults(total, asked) : wideTable({
      caption: "Mailboxes at the provider and their last result",
      columns: [
        { title: "Mailbox", kind: "main" },
        { title: "Result" },
        { title: "Size", kind: "number" },
        { title: "When", kind: "short" },
      ],
      rows: shown(accounts).map((account) => [
        markup`${lamp(account.ok ? "good" : "bad")}${name(account)}`,
        result(account),
        account.octets > 0 && size(account.octets),
        timeAgo(account.atMs, moment),
      ]),
    })
  }${more(accounts.length - MAX_ROWS, "the log has them all")}`;
}

function noResults(total: number, asked: Asked): Html {
  if (total > 0) return nothing(`Not collected yet: ${count(total, "mailbox", "mailboxes")}.`);
  if (asked.length > 0) return answers(asked);
  return nothing(markup`No mailbox is collected. Each takes a line
<code>pf_user user password host</code> in the configuration.`);
}

/** What was said to ETRN or ATRN in the last call. */
function answers(asked: Asked): Html {
  return wideTable({
    caption: "What mail was asked for in the last call, and the answers",
    columns: [{ title: "Asked for", kind: "main" }, { title: "Answer" }],
    rows: asked.toSorted((a, b) => Number(a.ok) - Number(b.ok)).slice(0, MAX_ROWS).map((one) => [
      markup`${lamp(one.ok ? "good" : "bad")}${address(one.domain)} <small>${askedBy(one)}</small>`,
      one.ok ? tidy(one.result) : markup`<strong>${tidy(one.result)}</strong>`,
    ]),
  });
}

/** In the order given; where not all have room, those that failed come first. */
function shown(accounts: readonly Account[]): readonly Account[] {
  if (accounts.length <= MAX_ROWS) return accounts;
  return accounts.toSorted((a, b) => Number(a.ok) - Number(b.ok)).slice(0, MAX_ROWS);
}

function name({ account }: Account): Html {
  const whole = account.length <= MAX_WHOLE_NAME;
  return markup`<span class="${whole && "whole"}">${
    whole ? tidy(account) : address(account)
  }</span>`;
}

function result({ ok, result, skipped, duds }: Account): Html {
  const notes = [
    skipped > 0 && `${count(skipped, "message")} left at the provider`,
    duds > 0 && `${count(duds, "message")} could not be handled`,
  ].filter((note) => note !== false);
  const words = capitalised(tidy(result));
  return markup`${ok ? words : markup`<strong>${words}</strong>`}${
    notes.length > 0 && markup`<br><small>${notes.join(", ")}</small>`
  }`;
}
