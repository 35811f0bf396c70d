import type { CallReport } from "../../domain/link/mod.ts";
import { count, size, table } from "../../formats/words.ts";
import { temporaryDirectory } from "../../platform/mod.ts";
import type { Appliance } from "../appliance.ts";
import { CallView } from "../call_view.ts";
import { EXIT } from "../command.ts";
import type { World } from "../world.ts";
import { type Arrived, checkArrival, type Expected } from "./check_arrival.ts";
import { DEMO_PASSWORD, MAILBOX } from "./configs.ts";
import {
  type DemoMessage,
  OFFICE_USERS,
  officeMail,
  PROVIDER_DOMAIN,
  queuedMail,
  waitingMail,
} from "./messages.ts";
import { endpointOf, setStage, type Stage, WORLD_USERS } from "./stage.ts";

/** How often somebody out there writes to the office while the demo goes on, in ms. */
const NEW_MAIL_MS = 60_000;

/** The caretaker, who gets what finds no recipient. */
const CARETAKER = "desk";

const INTRODUCTION = `
A clinic on an island, its provider on the mainland, and between them a line of
64 kbit/s that must be dialled. Mail for the whole clinic waits in one mailbox
at the provider; some more waits in the provider's queue until ETRN asks for it.
`;

/**
 * Runs the whole story on this machine: a provider, a thin line, an office. With `once` it ends
 * after the first call and says whether every message arrived.
 *
 * @returns The exit code.
 */
export async function runDemo({ once }: { once: boolean }, world: World): Promise<number> {
  const { terminal, signals } = world;
  const closed = new AbortController(); // A closed window must not leave the demo behind.
  using _closing = signals.onReload(() => closed.abort(new Error("The terminal was closed")));
  const stop = AbortSignal.any([signals.stop, closed.signal]);
  await using directory = await temporaryDirectory("dmail-demo-");
  await using stage = await setStage(directory.path, world);
  terminal.line(INTRODUCTION);
  const mail = mailOf(world);
  await handIn(stage.provider, mail);

  const view = new CallView(world);
  const { promise: introduced, resolve: introduce } = Promise.withResolvers<void>();
  const office = await stage.startOffice((event) => {
    if (event.kind === "progress") introduced.then(() => view.show(event.event));
  });
  for (const message of mail.fromOffice) await submit(office, message, message.recipients);
  const { host, port } = endpointOf(office, "http");
  const page = `http://${host}:${port}/`;
  if (!once) terminal.line(`Status page: ${page}  (the manager password is ${DEMO_PASSWORD})\n`);
  introduce();

  const { report } = office.core.calls.caller.callNow("command");
  const [call] = await Promise.race([Promise.all([report]), stopped(stop)]);
  if (call === undefined) return EXIT.done;
  const complete = await tellResult({ stage, office, call, mail }, world);
  if (once) return call.ok && complete ? EXIT.done : EXIT.failed;

  terminal.line(`
The demo goes on: somebody writes to the clinic every minute, and it calls every
five minutes, or when you say so at ${page}
Ctrl-C ends it. Until then its configuration, logs and mail are in
${directory.path}`);
  await goOn(stage.provider, world, stop);
  return EXIT.done;
}

/** Everything that is written before the first call. */
interface Mail {
  readonly waiting: readonly DemoMessage[];
  readonly queued: readonly DemoMessage[];
  readonly fromOffice: readonly DemoMessage[];
}

function mailOf({ clock, random }: World): Mail {
  const options = { nowMs: clock.now(), random };
  return {
    waiting: waitingMail(options),
    queued: queuedMail(options),
    fromOffice: officeMail(options),
  };
}

/** Puts the mail where it waits: the provider's mailbox for the office, and its queue. */
async function handIn(provider: Appliance, { waiting, queued }: Mail): Promise<void> {
  for (const message of waiting) await toMailbox(provider, message);
  for (const message of queued) await submit(provider, message, message.recipients);
}

/** The provider notes for whom each copy is: in one mailbox nothing else would tell (B12). */
async function toMailbox(provider: Appliance, message: DemoMessage): Promise<void> {
  for (const recipient of message.recipients) {
    const text = `X-Rcpt-To: ${recipient}\r\n${message.text}`;
    await submit(provider, { ...message, text }, [`${MAILBOX.user}@${PROVIDER_DOMAIN}`]);
  }
}

async function submit(
  { core: { queue } }: Appliance,
  { sender, text }: DemoMessage,
  recipients: readonly string[],
): Promise<void> {
  const envelope = { sender, recipients: recipients.map((address) => ({ address })) };
  await queue.submit(
    { envelope, origin: { kind: "local", by: "demo" } },
    [new TextEncoder().encode(text)],
  );
}

/** Looks into every mailbox and says what came of the call; false if anything is missing. */
async function tellResult(
  { stage, office, call, mail }: {
    readonly stage: Stage;
    readonly office: Appliance;
    readonly call: CallReport;
    readonly mail: Mail;
  },
  { terminal }: World,
): Promise<boolean> {
  const inOffice = await checkArrival(
    office.core.maildrops,
    OFFICE_USERS,
    [...mail.waiting, ...mail.queued].flatMap((message) => expectedIn(message, OFFICE_USERS)),
  );
  const outside = await checkArrival(
    stage.provider.core.maildrops,
    WORLD_USERS,
    mail.fromOffice.flatMap((message) => expectedIn(message, WORLD_USERS)),
  );
  const all = [...inOffice, ...outside];
  terminal.line(`\nIn the clinic's mailboxes:\n${table(inOffice.map(row))}`);
  terminal.line(`On the mainland:\n${table(outside.map(row))}\n`);
  const wrong = all.flatMap(({ user, wrong }) => wrong.map((text) => `${user}: ${text}`));
  for (const text of wrong) terminal.error(`Not as it was written: ${text}`);
  const { octetsIn, octetsOut } = stage.line.traffic;
  const total = all.reduce((sum, { messages }) => sum + messages, 0);
  const complete = wrong.length === 0;
  terminal.line(complete ? `All ${total} messages arrived, whole and once.` : "Not all is well.");
  terminal.line(
    `The line was used for ${(call.durationMs / 1000).toFixed(1)} s:` +
      ` ${size(octetsIn)} in, ${size(octetsOut)} out.`,
  );
  return complete;
}

function row({ user, messages, octets, wrong }: Arrived): string[] {
  const state = wrong.length === 0 ? "as they were written" : "NOT as they were written";
  return [`  ${user}`, count(messages, "message"), size(octets), state];
}

/** What each of `users` must have of a message; a stranger's share is the caretaker's. */
function expectedIn(
  { recipients, text }: DemoMessage,
  users: readonly string[],
): readonly Expected[] {
  return recipients.map((recipient) => {
    const user = recipient.split("@")[0] ?? "";
    const known = users.includes(user);
    return { user: known ? user : CARETAKER, text, annotated: !known };
  });
}

/** New mail comes in until somebody stops the demo; the office's schedule does the rest. */
async function goOn(provider: Appliance, world: World, stop: AbortSignal): Promise<void> {
  const { clock } = world;
  while (!stop.aborted) {
    await clock.sleep(NEW_MAIL_MS, stop).catch(() => {}); // The loop looks at `stop`.
    const { waiting } = mailOf(world);
    const message = waiting[Math.floor(world.random.number() * waiting.length)];
    if (message !== undefined && !stop.aborted) await toMailbox(provider, message);
  }
}

function stopped(stop: AbortSignal): Promise<readonly []> {
  if (stop.aborted) return Promise.resolve([]);
  return new Promise((resolve) => {
    stop.addEventListener("abort", () => resolve([]), { once: true });
  });
}
