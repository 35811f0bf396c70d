import { count, span } from "../../formats/words.ts";
import { askedBy, type CallReport } from "./report.ts";

/** How many problems are told; the rest is counted. */
const MAX_TOLD = 3;

/** One sentence about a call, for the page and the terminal: what it did, then what went wrong. */
export function summarise(
  call: Pick<CallReport, "line" | "accounts" | "etrn" | "flush" | "durationMs"> & {
    readonly problems: readonly string[];
  },
): string {
  const problems = [...new Set([...call.problems, ...troubles(call)])];
  if (call.line === "failed") {
    return `The line did not come up: ${problems[0] ?? "no reason was given"}`;
  }
  const done = whatWasDone(call, problems.length === 0);
  const sentence = `${done}, in ${span(Math.max(1000, call.durationMs))}`;
  const told = problems.slice(0, MAX_TOLD);
  const rest = problems.length - told.length;
  return [sentence, ...told, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}

/**
 * "Nothing to collect or send" only if nothing was left to do, not if nothing could be done. What ETRN
 * brings comes as any mail does, and nobody counts it: it is not said that there was none.
 */
function whatWasDone(
  { accounts, etrn, flush }: Pick<CallReport, "accounts" | "etrn" | "flush">,
  ok: boolean,
) {
  const collected = accounts.reduce((sum, { fetched }) => sum + fetched, 0) +
    etrn.reduce((sum, { messages = 0 }) => sum + messages, 0);
  const { delivered, deferred, failed } = flush ?? { delivered: 0, deferred: 0, failed: 0 };
  const untouched = collected + delivered + deferred + failed === 0;
  const isOnlyAsked = collected === 0 && accounts.length === 0 &&
    etrn.some((asked) => asked.ok && askedBy(asked) === "ETRN");
  if (untouched && ok && !isOnlyAsked) return "Nothing to collect or send";
  return [
    isOnlyAsked
      ? "Asked for waiting mail"
      : `Collected ${collected === 0 ? "nothing" : count(collected, "message")}`,
    `sent ${delivered === 0 ? "nothing" : delivered}`,
    ...(deferred > 0 ? [`${deferred} still waiting`] : []),
    ...(failed > 0 ? [`${failed} returned to the sender`] : []),
  ].join(", ");
}

function troubles({ accounts, etrn, flush }: Pick<CallReport, "accounts" | "etrn" | "flush">) {
  return [
    ...accounts.filter((a) => !a.ok).map((a) => `${a.account}: ${a.result}`),
    ...etrn.filter((e) => !e.ok).map((e) => `${askedBy(e)} ${e.domain}: ${e.result}`),
    ...(flush?.problems ?? []),
  ];
}
