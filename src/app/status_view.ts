import { count, size, span, table } from "../formats/words.ts";
import type { StatusSnapshot } from "../servers/httpd/mod.ts";
import { SUSPENDED } from "./queue_view.ts";

/** A queue file that an agent has in hand. */
export interface FileInUse {
  readonly id: string;
  readonly file: string;
}

/** The status page as text, for `tellsmtp status` and `tellpop status` (C2, C13). */
export function statusText(status: StatusSnapshot, inUse: readonly FileInUse[]): string {
  const { atMs, line, lastCall } = status;
  const since = (ms: number) => `${span(Math.max(0, atMs - ms))} ago`;
  const octets = status.users.reduce((sum, user) => sum + user.octets, 0);
  const messages = status.users.reduce((sum, user) => sum + user.messages, 0);
  const rows = [
    [`dmail ${status.version}`, `${status.hostname}, started ${since(status.startedAtMs)}`],
    ["line", `${line.state} (${line.description})`],
    ["call", line.call ? `running since ${since(line.call.startedAtMs)}` : nextCall(status)],
    ["last call", lastCall ? `${since(lastCall.startedAtMs)}: ${lastCall.summary}` : "none yet"],
    ["queue", count(status.queueTotal, "message")],
    ...(status.suspended ? [["", SUSPENDED]] : []),
    ...filesInUse(inUse),
    ["mailboxes", `${count(messages, "message")}, ${size(octets)}`],
    ...status.servers.map(({ name, listening, sessions }) => [
      name,
      `${listening.join(", ")}: ${count(sessions, "session")}`,
    ]),
    ["certificate", certificateInWords(status.certificate)],
    ...(status.banned > 0 ? [["banned", bannedInWords(status.banned)]] : []),
    ...status.problems.map(({ severity, text }) => [severity, text]),
  ];
  const accounts = status.accounts.map(({ account, result }) => `  ${account}: ${result}`);
  return [table(rows), ...accounts].join("\n");
}

/** What a mail program shows that asks whether it shall trust us. */
function certificateInWords({ fingerprint, notAfterMs }: StatusSnapshot["certificate"]): string {
  return `until ${new Date(notAfterMs).toISOString().slice(0, 10)}, SHA-256 ${fingerprint}`;
}

function bannedInWords(banned: number): string {
  return `${count(banned, "address", "addresses")}; tellsmtp bans tells which, and why`;
}

/** A message that goes to many places at a time has one file all the same. */
function filesInUse(inUse: readonly FileInUse[]): readonly (readonly string[])[] {
  const files = new Map(inUse.map(({ id, file }) => [id, file]));
  const label = (index: number) => index === 0 ? "in use" : "";
  if (files.size === 0) return [[label(0), "no queue file"]];
  return Array.from(files).map(([id, file], index) => [label(index), `${id}  ${file}`]);
}

function nextCall({ line: { nextCallMs }, atMs }: StatusSnapshot): string {
  if (nextCallMs === undefined) return "none scheduled";
  return nextCallMs <= atMs ? "due now" : `next in ${span(nextCallMs - atMs)}`;
}
