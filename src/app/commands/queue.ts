import { type Command, type CommandCall, EXIT } from "../command.ts";
import { type Asking, mustAskRunning } from "./running.ts";

/** What each action is about: one message, some, or all unless it is said. */
const ACTIONS: Readonly<Record<string, "id" | "some" | "maybe some">> = {
  list: "maybe some",
  show: "id",
  flush: "maybe some",
  hold: "some",
  release: "some",
  requeue: "some",
  delete: "some",
};

/** `dmail queue`: what waits to go out. */
export const queue: Command = {
  name: "queue",
  summary: "list, flush, hold, release, requeue or delete what waits to go out",
  help: `Usage: dmail queue [list [ID|DOMAIN]] [--json] [-i FILE]
       dmail queue show ID [--json]
       dmail queue flush [ID|DOMAIN|all]
       dmail queue hold|release|requeue|delete ID|DOMAIN|all

list     what waits, for whom, how long, why, and when it is tried next; the
         first hundred messages, or all of them with --json
show     everything about one message, who has it already, and its file
flush    send now what waits, all of it if nothing is named; brings up the line
         if it must; what is suspended goes only if its domain is named
hold     keep messages until they are released
release  let go what was held, and try it at once
requeue  treat messages as if they had just come: a new route, no failures, and
         the whole of max_retrytime before they are given up
delete   forget messages; their senders are not told

ID is of one message, as the list shows it. DOMAIN stands for the messages that
still wait for a domain or those below it, all for the whole queue. A message
that waits for other domains, too, is held for all of them, and is deleted only
by its ID or with all.`,
  flags: ["json"],
  options: [],
  maxWords: 2,
  usesConfig: true,

  async run(call) {
    const asking = queueAsking(call, call.args);
    return asking === undefined ? EXIT.usage : await mustAskRunning(call, asking);
  },
};

/** What is to be asked of the queue; `undefined` after saying what is wrong with the words. */
export function queueAsking(
  { flag, world: { terminal } }: CommandCall,
  [action = "list", subject, tooMany]: readonly string[],
): Asking | undefined {
  const needs = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  const complaint = needs === undefined
    ? `Write ${Object.keys(ACTIONS).join(", ")}, not ${action}`
    : needs === "id" && subject === undefined
    ? `Give the id of a message, as in dmail queue ${action} ID; dmail queue lists them`
    : needs === "some" && subject === undefined
    ? `Say which messages: an id, a domain, or all, as in dmail queue ${action} ID`
    : tooMany !== undefined
    ? `It does not take the word ${tooMany}`
    : subject?.includes("@", 1)
    ? `Write a domain, as ${subject.slice(subject.lastIndexOf("@") + 1)}, not an address`
    : undefined;
  if (complaint !== undefined) {
    terminal.error(`dmail queue: ${complaint}`);
    return undefined;
  }
  return {
    command: "queue",
    args: [action, subject ?? "", flag("json") ? "json" : "text"],
    event: listPrinter(terminal),
  };
}

/** Pages of the queue as they come, which together are one JSON list, a message a line. */
function listPrinter(terminal: CommandCall["world"]["terminal"]): (event: unknown) => void {
  let before = "[";
  return (event) => {
    const { entries, more } = event as { entries: readonly unknown[]; more: boolean };
    for (const entry of entries) {
      terminal.line(before + JSON.stringify(entry));
      before = ",";
    }
    if (!more) terminal.line(before === "[" ? "[]" : "]");
  };
}
