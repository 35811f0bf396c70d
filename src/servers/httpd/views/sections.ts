import type { StatusSnapshot } from "../mod.ts";
import { renderAccounts } from "./accounts.ts";
import { renderAttention } from "./attention.ts";
import { renderLine } from "./line.ts";
import { renderEarlier, renderLog } from "./log.ts";
import { renderMailboxes } from "./mailboxes.ts";
import type { Html } from "./markup.ts";
import type { Moment } from "./moment.ts";
import { renderProblems } from "./problems.ts";
import { renderQueue } from "./queue.ts";
import { renderServers } from "./servers.ts";

type Render = (snapshot: StatusSnapshot, moment: Moment) => Html;

/** Each section that changes by itself, by the id it has in the page and in the event stream. */
const SECTIONS = {
  line: renderLine,
  attention: renderAttention,
  accounts: ({ accounts, accountsTotal, lastCall }, moment) =>
    renderAccounts({ accounts, total: accountsTotal, asked: lastCall?.etrn ?? [] }, moment),
  queue: ({ queue, queueTotal, suspended }, moment) =>
    renderQueue({ entries: queue, total: queueTotal, suspended }, moment),
  mailboxes: ({ users }) => renderMailboxes(users),
  servers: renderServers,
  problems: ({ problems }) => renderProblems(problems),
  log: ({ log }, moment) => renderLog(log, moment),
  earlier: ({ log }, moment) => renderEarlier(log, moment),
} as const satisfies Readonly<Record<string, Render>>;

/** Names a section. */
export type SectionId = keyof typeof SECTIONS;

/** The content of every section. */
export type Sections = Readonly<Record<SectionId, Html>>;

/** Draws all sections at one moment. */
export function renderSections(snapshot: StatusSnapshot, moment: Moment): Sections {
  const drawn = Object.entries(SECTIONS).map(([id, render]: [string, Render]) => [
    id,
    render(snapshot, moment),
  ]);
  return Object.fromEntries(drawn);
}
