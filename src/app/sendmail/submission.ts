import { type SmtpClient, TIMEOUTS_MS } from "../../agents/relay/mod.ts";
import { replyText, type SmtpReply } from "../../formats/smtp.ts";
import type { SendRequest } from "./arguments.ts";
import { exitFor, SYSEXITS } from "./exit.ts";

/** What is handed to the server. */
export interface SubmittedMail {
  readonly sender: string;
  /** Whole addresses; at least one. */
  readonly recipients: readonly string[];
  readonly needsUtf8: boolean;
  readonly notices: Pick<SendRequest, "notify" | "ret" | "envid">;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Hands one message to the server. Recipients that are refused do not keep the others from getting
 * it; each is complained of.
 *
 * @returns The exit code: that of the first refusal, if there was any.
 * @throws {SmtpError} If the session breaks.
 */
export async function submitMail(
  client: SmtpClient,
  mail: SubmittedMail,
  complain: (text: string) => void,
): Promise<number> {
  const refused = (what: string, reply: SmtpReply): number => {
    complain(`${what}: ${replyText(reply)}`);
    return exitFor(reply);
  };
  const from = await client.command(mailLine(client, mail));
  if (from.code !== 250) return refused(`The sender ${mail.sender} is refused`, from);
  let exit: number = SYSEXITS.ok;
  let taken = 0;
  for (const address of mail.recipients) {
    const reply = await client.command(rcptLine(client, address, mail));
    if (reply.code >= 200 && reply.code < 300) {
      taken++;
      continue;
    }
    const code = refused(address, reply);
    exit ||= code;
  }
  if (taken === 0) return exit;
  const data = await client.command("DATA", TIMEOUTS_MS.data);
  if (data.code !== 354) return refused("The message is refused", data);
  const verdict = await client.data(mail.body);
  return verdict.code === 250 ? exit : refused("The message is refused", verdict);
}

function mailLine(client: SmtpClient, { sender, needsUtf8, notices }: SubmittedMail): string {
  const dsn = client.offers("DSN");
  return [
    `MAIL FROM:<${sender}>`,
    ...client.offers("8BITMIME") ? ["BODY=8BITMIME"] : [],
    ...needsUtf8 && client.offers("SMTPUTF8") ? ["SMTPUTF8"] : [],
    ...dsn && notices.ret !== undefined ? [`RET=${notices.ret}`] : [],
    ...dsn && notices.envid !== undefined ? [`ENVID=${notices.envid}`] : [],
  ].join(" ");
}

function rcptLine(client: SmtpClient, address: string, { notices }: SubmittedMail): string {
  const notify = client.offers("DSN") ? notices.notify : undefined;
  return `RCPT TO:<${address}>${notify === undefined ? "" : ` NOTIFY=${notify.join(",")}`}`;
}
