import type { Dsn, DsnAction, DsnRecipient } from "./dsn.ts";
import { remoteIn } from "./dsn_fields.ts";
import { plain, quoted, wrapped } from "./dsn_lines.ts";
import { type DsnWords, dsnWords } from "./dsn_words.ts";
import { count } from "./words.ts";

/** How many stories are told, and how many addresses are named with one; the report has all. */
const MAX_STORIES = 50;
const MAX_NAMED = 20;

/** How many answers are quoted word for word in a story. */
const MAX_QUOTES = 5;

/** The worst first. */
const ACTIONS = ["failed", "delayed", "expanded", "relayed", "delivered"] as const;

const SUBJECTS: Readonly<Record<DsnAction, string>> = {
  failed: "Not delivered",
  delayed: "Delayed on its way",
  expanded: "Passed on",
  relayed: "Passed on",
  delivered: "Delivered",
};

const VERDICTS: Readonly<Record<DsnAction, string>> = {
  failed: "was not delivered to",
  delayed: "is still on its way to",
  expanded: "was passed on for",
  relayed: "was passed on for",
  delivered: "was delivered to",
};

/** Of an address that stands for several. */
const PART_VERDICTS: Partial<typeof VERDICTS> = {
  failed: "was not delivered to everybody behind",
  delayed: "is still on its way to somebody behind",
};

/** Recipients of whom the same is to be told. */
interface Story {
  readonly words: DsnWords;
  readonly about: DsnRecipient;
  readonly addresses: readonly string[];
  /** What was said of them: often the same, but for the address. */
  readonly reasons: readonly string[];
}

/** `Not delivered to bob@example.net: no such address`. */
export function subjectOf({ recipients }: Pick<Dsn, "recipients">): string {
  const action = worstOf(recipients);
  const concerned = recipients.filter((one) => one.action === action);
  const [first, ...others] = [...new Set(concerned.map(({ address }) => address))];
  if (first === undefined) return SUBJECTS[action];
  const isPart = action === "failed" && concerned.some((one) => one.isPart);
  const to = others.length > 0
    ? count(others.length + 1, "address", "addresses")
    : `${isPart ? "everybody behind " : ""}${quoted(first)}`;
  const causes = new Set(concerned.map((one) => wordsOf(one).short));
  const [cause] = causes;
  const preposition = SUBJECTS[action] === "Passed on" ? "for" : "to";
  const why = action === "failed" && causes.size === 1 ? `: ${cause}` : "";
  return `${SUBJECTS[action]} ${preposition} ${to}${why}`;
}

/** The part for people: what happened, to whom, what to do; then everything else. */
export function explanation(dsn: Dsn): string {
  const told = storiesOf(dsn.recipients);
  const stories = told.slice(0, MAX_STORIES);
  const left = told.slice(MAX_STORIES).flatMap(({ addresses }) => addresses).length;
  const more = left === 0
    ? []
    : ["", `And ${count(left, "more address", "more addresses")}: see the report below.`];
  const lines = [
    ...stories.flatMap((story, index) => [
      ...(index === 0 ? [] : ["", ""]),
      ...inWords(story, index === 0 ? nameOf(dsn) : "The same message", dsn),
    ]),
    ...more,
    "",
    "",
    ...ending(dsn),
    "",
  ];
  return lines.join("\r\n");
}

function inWords(
  { words, about, addresses, reasons }: Story,
  name: string,
  dsn: Dsn,
): readonly string[] {
  const named = addresses.slice(0, MAX_NAMED);
  const more = addresses.length - named.length;
  return [
    ...wrapped(
      `${name} ${verdictOf(about)} ${addresses.length === 1 ? "this address" : "these addresses"}:`,
    ),
    "",
    ...named.map((address) => `  ${plain(address)}`),
    ...(more === 0 ? [] : [`  and ${count(more, "more", "more")}: see the report below`]),
    "",
    ...wrapped(plain(words.happened), { first: "What happened: ", rest: INDENT }),
    ...wrapped(adviceOf(words, about.action, dsn), { first: "What to do:    ", rest: INDENT }),
    ...(about.until === undefined ? [] : [`Tried until:   ${plain(about.until)}, or later`]),
    ...details(reasons),
  ];
}

function verdictOf({ action, isPart = false }: DsnRecipient): string {
  return (isPart ? PART_VERDICTS[action] : undefined) ?? VERDICTS[action];
}

const INDENT = " ".repeat("What happened: ".length);

/** `Your message "Lunch on Friday" of Mon, 1 Jan 2024 09:05:00 +0100`. */
function nameOf({ arrival, subject = "", reader = "sender" }: Dsn): string {
  const about = subject === "" ? "" : ` "${quoted(subject)}"`;
  const what = reader === "sender" ? `Your message${about}` : `A message${about} without a sender`;
  return `${what} of ${plain(arrival)}`;
}

function adviceOf({ advice }: DsnWords, action: DsnAction, { reader = "sender" }: Dsn): string {
  if (reader === "sender" || action !== "failed") return plain(advice);
  return "Look whether somebody here misses it: nobody else is told. It is most likely a notice " +
    "about another message, and of no use if that one was forged.";
}

/** What was said, word for word. */
function details(reasons: readonly string[]): readonly string[] {
  const quotes = reasons.filter((reason) => plain(reason) !== "");
  const more = quotes.length - MAX_QUOTES;
  const said = Map.groupBy(quotes.slice(0, MAX_QUOTES), (reason) => remoteIn(reason)?.host);
  return [
    ...said.entries().flatMap(([host, texts]) => [
      "",
      ...wrapped(
        host === undefined
          ? "In the words of this server:"
          : `The mail server ${plain(host)} said:`,
      ),
      ...texts.flatMap((text) => wrapped(plain(remoteIn(text)?.reply ?? text), { first: "  " })),
    ]),
    ...(more > 0 ? [`  and ${count(more, "more", "more")}: see the report below`] : []),
  ];
}

function ending({ hostname, queueId, returned, wasTooLong = false }: Dsn): readonly string[] {
  const what = returned === "message"
    ? "The message follows below."
    : wasTooLong
    ? "The message is too long to be returned: its header alone follows below."
    : "The header of the message follows below.";
  return wrapped(
    `This notice comes from the mail server ${plain(hostname)}, which calls the message ` +
      `${plain(queueId)}. ${what}`,
  );
}

/** Puts together what is the same for several, the worst first. */
function storiesOf(recipients: readonly DsnRecipient[]): readonly Story[] {
  const groups = Map.groupBy(
    recipients,
    (one) => JSON.stringify([one.action, wordsOf(one).happened, one.isPart, one.until]),
  );
  const stories = Array.from(groups.values(), (group): Story => {
    const [about] = group;
    if (about === undefined) throw new TypeError("A story about nobody");
    const addresses = [...new Set(group.map(({ address }) => address))];
    const reasons = [...new Set(group.map(({ reason }) => reason))];
    return { words: wordsOf(about), about, addresses, reasons };
  });
  return stories.sort((a, b) => ACTIONS.indexOf(a.about.action) - ACTIONS.indexOf(b.about.action));
}

function worstOf(recipients: readonly DsnRecipient[]): DsnAction {
  return ACTIONS.find((action) => recipients.some((one) => one.action === action)) ?? "failed";
}

function wordsOf({ lastStatus, status, ...recipient }: DsnRecipient): DsnWords {
  return dsnWords({ ...recipient, status: lastStatus ?? status });
}
