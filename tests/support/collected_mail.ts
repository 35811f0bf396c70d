import { type CorpusMessage, messageId, wireForm } from "./mail_corpus.ts";
import { octetText } from "./octet_text.ts";

/** Header fields that those who carry a message may put in front of it (RFC 5321 section 4.4). */
const TRACE_FIELD = /^(Received|Return-Path|Delivered-To|Status|X-[\w-]+):/i;

/**
 * Compares what was collected with what was sent: each message once, octet for octet from its own
 * first header line on, with nothing but trace fields in front.
 *
 * @param seen What the collecting program makes of a message; see `Pop3Client.seen`.
 * @returns A sentence for each difference; none if all is well.
 */
export function differences(
  sent: readonly CorpusMessage[],
  collected: readonly Uint8Array[],
  seen: (wire: Uint8Array) => Uint8Array = (wire) => wire,
): string[] {
  const byId = new Map(sent.map((message) => [message.id, message]));
  const copies = new Map<string, number>();
  const problems: string[] = [];
  for (const bytes of collected) {
    const id = messageId(bytes) ?? "(no Message-ID)";
    copies.set(id, (copies.get(id) ?? 0) + 1);
    const message = byId.get(id);
    if (message === undefined) problems.push(`${id}: came, and was not sent to this mailbox`);
    else problems.push(...changes(message, bytes, seen(wireForm(message.bytes))));
  }
  for (const { id, shape } of sent) {
    const count = copies.get(id) ?? 0;
    if (count !== 1) problems.push(`${id} (${shape}): came ${count} times`);
  }
  return problems;
}

function changes(message: CorpusMessage, got: Uint8Array, want: Uint8Array): string[] {
  const name = `${message.id} (${message.shape})`;
  const begin = got.length - want.length;
  const same = begin >= 0 && want.every((octet, at) => octet === got[begin + at]);
  if (!same) return [`${name}: ${firstDifference(got, want)}`];
  const trace = octetText(got.subarray(0, begin)).split(/\r?\n/).slice(0, -1);
  return trace.filter((line) => !TRACE_FIELD.test(line) && !/^[ \t]/.test(line))
    .map((line) => `${name}: has in front of it ${JSON.stringify(line)}`);
}

function firstDifference(got: Uint8Array, want: Uint8Array): string {
  const [gotText, wantText] = [octetText(got), octetText(want)];
  const firstLine = wantText.slice(0, wantText.indexOf("\n") + 1);
  const start = gotText.indexOf(firstLine);
  if (start < 0) return `its first line is missing, it begins ${excerpt(gotText, 0)}`;
  let at = 0;
  while (at < want.length && got[start + at] === want[at]) at++;
  return `differs at octet ${at}: ${excerpt(gotText, start + at)}, not ${excerpt(wantText, at)}`;
}

function excerpt(text: string, at: number): string {
  return JSON.stringify(text.slice(Math.max(0, at - 30), at + 30));
}
