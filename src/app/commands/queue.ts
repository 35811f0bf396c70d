import { type Command, type CommandCall, EXIT } from "../command.ts";
import { type Asking, mustAskRunning } from "./running.ts";

/** Which actions need the id of a message. */
const ACTIONS: Readonly<Record<string, "id" | "domain" | "nothing">> = {
  list: "nothing",
  show: "id",
  flush: "domain",
  hold: "id",
  release: "id",
  delete: "id",
};

/** `dmail queue`: what waits to go out. */
export const queue: Command = {
  name: "queue",
  summary: "list, flush, hold, release or delete what waits to go out",
  help: `Usage: dmail queue [list] [--json] [-i FILE]
       dmail queue show ID [--json]
       dmail queue flush [DOMAIN]
       dmail queue hold|release|delete ID

list     what waits, for whom, how long, why, and when it is tried next
show     everything about one message
flush    send now, to all domains or one; brings up the line if it must
hold     keep a message until it is released
delete   forget a message; its sender is not told`,
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
  const unwanted = needs === "nothing" ? subject : tooMany;
  const complaint = needs === undefined
    ? `Write ${Object.keys(ACTIONS).join(", ")}, not ${action}`
    : needs === "id" && subject === undefined
    ? `Give the id of a message, as in dmail queue ${action} ID; dmail queue lists them`
    : unwanted !== undefined
    ? `It does not take the word ${unwanted}`
    : undefined;
  if (complaint !== undefined) {
    terminal.error(`dmail queue: ${complaint}`);
    return undefined;
  }
  return {
    command: "queue",
    args: [action, subject ?? "", flag("json") ? "json" : "text"],
    event: (event) => terminal.line(JSON.stringify((event as { entries: unknown }).entries)),
  };
}
