import type { Maildrops } from "../../store/mod.ts";

/** A message that somebody must have in the end. */
export interface Expected {
  readonly user: string;
  /** What was written, header and body. */
  readonly text: string;
  /** The caretaker gets it with a note: only its Message-ID is looked for. */
  readonly annotated: boolean;
}

/** What a mailbox was found to hold. */
export interface Arrived {
  readonly user: string;
  readonly messages: number;
  readonly octets: number;
  /** Expected messages that are not there, or not whole, or there twice: subject lines. */
  readonly wrong: readonly string[];
}

/** Compares the mailboxes of `users`, octet for octet, with what was written. */
export async function checkArrival(
  maildrops: Maildrops,
  users: readonly string[],
  expected: readonly Expected[],
): Promise<readonly Arrived[]> {
  const arrived: Arrived[] = [];
  for (const user of users) {
    const texts = await messagesOf(maildrops, user);
    const wanted = expected.filter((each) => each.user === user);
    const wrong = wanted
      .filter((each) => texts.filter((text) => isWhole(text, each)).length !== 1)
      .map(({ text }) => /^Subject: .*$/m.exec(text)?.[0] ?? "a message without subject");
    const octets = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
    if (texts.length !== wanted.length) wrong.push(`${texts.length} instead of ${wanted.length}`);
    arrived.push({ user, messages: texts.length, octets, wrong });
  }
  return arrived;
}

async function messagesOf(maildrops: Maildrops, user: string): Promise<readonly string[]> {
  const maildrop = await maildrops.lock(user);
  if (maildrop === undefined) return [];
  await using locked = maildrop;
  const texts: string[] = [];
  for (const { uid } of locked.messages) texts.push(await new Response(locked.read(uid)).text());
  return texts;
}

/** Everything below the trace headers must be what was written, octet for octet. */
function isWhole(text: string, { text: written, annotated }: Expected): boolean {
  if (!annotated) return text.endsWith(`\r\n${written}`);
  const id = /^Message-ID: .*$/m.exec(written)?.[0];
  return id !== undefined && text.includes(id);
}
