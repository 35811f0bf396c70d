import { SmtpError } from "../../agents/relay/mod.ts";
import { formatMailbox, isAddress } from "../../formats/address.ts";
import { reasonInWords } from "../../platform/mod.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { parseSendmail, type SendRequest } from "../sendmail/arguments.ts";
import { encodedName } from "../sendmail/encoded_name.ts";
import { SYSEXITS } from "../sendmail/exit.ts";
import { readInput } from "../sendmail/message.ts";
import { connected, type Office, officeOf } from "../sendmail/office.ts";
import { relaySession } from "../sendmail/session.ts";
import { leaveInSpoolDir } from "../sendmail/spool_file.ts";
import { submitMail, type SubmittedMail } from "../sendmail/submission.ts";
import { mustAskRunning } from "./running.ts";

/** `sendmail`: what programs on this machine send their mail with (P19). */
export const sendmail: Command = {
  name: "sendmail",
  summary: "send a message from standard input, as programs call sendmail",
  help: `Usage: sendmail [options] RECIPIENT…   (dmail sendmail, or a link of that name)

  -t        send to whom To, Cc and Bcc name as well
  -i, -oi   a line that is a lone dot does not end the message
  -f SENDER the envelope sender; <> for none
  -F NAME   full name, for a message without From
  -N WHEN   notices: never, or some of success,failure,delay
  -R WHAT   what a notice returns: full or hdrs
  -V ID     envelope identifier, for notices
  -bs       speak SMTP on standard input and output
  -bp       list what waits
  -q        send what waits, now
  -C FILE   the configuration (default /etc/dmail.conf); or -i and a whole path
  --help    this text

Other options of sendmail are taken and mean nothing here. The message goes to
the server on this machine by SMTP: at the port of the configuration, or 25 if
the caller may not read that. While the server does not run the message is left
in spool_dir, if that is set and may be written to. Exit codes are those of
sysexits.h: 0 taken, 64 usage, 65 no address, 67 no such user, 69 refused, 75
try again later, 77 not permitted. Who is refused keeps no other from
getting the message.`,
  flags: [],
  options: [],
  maxWords: 0,
  usesConfig: true,
  raw: true,

  async run(call) {
    const { terminal } = call.world;
    const asked = parseSendmail(call.args);
    const { configPath = call.configPath } = asked;
    const located = { ...call, configPath };
    switch (asked.kind) {
      case "help":
        terminal.line(sendmail.help);
        return SYSEXITS.ok;
      case "wrong":
        terminal.error(`sendmail: ${asked.message}; sendmail --help tells more`);
        return SYSEXITS.usage;
      case "aliases":
        terminal.line("Alias files are read with the configuration: dmail tellsmtp reload");
        return SYSEXITS.ok;
      case "list":
        return await askQueue(located, ["list", "", "text"]);
      case "flush":
        return await askQueue(located, ["flush", "", "text"], { isSilent: true });
      case "session":
        return await guarded(
          call,
          async () => await relaySession(call.world, (await officeOf(located)).server),
        );
      case "send":
        return await guarded(call, () => send(located, asked));
    }
  },
};

/** Nobody who calls sendmail understands another program's exit codes. */
async function guarded(call: CommandCall, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    call.world.terminal.error(`sendmail: ${reasonInWords(error)}`);
    return error instanceof SmtpError ? SYSEXITS.temporary : SYSEXITS.software;
  }
}

async function askQueue(
  call: CommandCall,
  args: readonly string[],
  { isSilent = false } = {},
): Promise<number> {
  const code = await mustAskRunning(call, { command: "queue", args, isSilent });
  return code === EXIT.done ? SYSEXITS.ok : SYSEXITS.temporary;
}

async function send(call: CommandCall, request: SendRequest): Promise<number> {
  const { terminal } = call.world;
  const office = await officeOf(call);
  const mail = await mailOf(call, request, office);
  const wrong = mail.recipients.find((address) => !isAddress(address)) ??
    (mail.sender === "" || isAddress(mail.sender) ? undefined : mail.sender);
  if (mail.recipients.length === 0 || wrong !== undefined) {
    const complaint = wrong === undefined
      ? "No recipients; name them, or use -t with a To in the message"
      : `${wrong} is not an address`;
    terminal.error(`sendmail: ${complaint}`);
    return wrong === undefined ? SYSEXITS.usage : SYSEXITS.dataError;
  }
  const client = await connected(call, office);
  if (client instanceof SmtpError) {
    const left = await leaveInSpoolDir(office.config?.pickup.directory, mail, call.world);
    if (left) return SYSEXITS.ok;
    terminal.error(`sendmail: ${client.message}; is dmail serve running?`);
    return SYSEXITS.temporary;
  }
  const exit = await submitMail(client, mail, (text) => terminal.error(`sendmail: ${text}`));
  await client.quit();
  return exit;
}

async function mailOf(
  { world: { machine, terminal } }: CommandCall,
  request: SendRequest,
  { domain }: Office,
): Promise<SubmittedMail> {
  const whole = (name: string) => name === "" || name.includes("@") ? name : `${name}@${domain}`;
  const login = ["LOGNAME", "USER", "USERNAME"].map(machine.environment).find(Boolean) ??
    machine.userName() ?? "nobody";
  const sender = whole(request.sender ?? login);
  const name = encodedName(request.fullName ?? machine.environment("NAME") ?? "");
  const from = name.startsWith("=?")
    ? `${name} <${sender || whole(login)}>`
    : formatMailbox({ name, address: sender || whole(login) });
  const message = await readInput(terminal.input, { ignoreDots: request.ignoreDots, from });
  const named = request.fromHeader ? message.recipients : [];
  const recipients = [...new Set([...request.recipients, ...named].map(whole))];
  // Of the addresses alone: a raw header of old programs must not keep mail from a server without it.
  const needsUtf8 = [sender, ...recipients].some((address) => /[^\0-\x7f]/.test(address));
  return {
    sender,
    recipients,
    needsUtf8,
    notices: request,
    body: message.body,
  };
}
