import { type Office, type RunningAppliance, setUpOffice } from "../../tests/support/appliance.ts";
import { type Dovecot, startDovecot } from "../../tests/support/dovecot.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";

/** A POP3 server with users whose password is their name. Disposing it ends it. */
export interface Pop3Server extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** What waits for each user before the server starts. */
export interface Mailboxes {
  readonly users: readonly string[];
  readonly messages: number;
  readonly octets: number;
}

/** Ours: mail lies in drop files, as local delivery leaves it. */
export async function ourPop3(mailboxes: Mailboxes): Promise<Pop3Server> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await tempDir());
  const office: Office = await setUpOffice(temp.path, ["log_level info"]);
  await office.addUsers(...mailboxes.users);
  const from = "From ann@world.example Fri Nov 20 09:00:00 2026\n";
  const file = Array.from(
    { length: mailboxes.messages },
    (_, index) => `${from}${message(index, mailboxes.octets)}\n`,
  ).join("");
  for (const user of mailboxes.users) {
    await Deno.writeTextFile(`${office.dropPath}/${user}`, file, { mode: 0o600 });
  }
  const appliance: RunningAppliance = stack.use(await office.serve());
  const kept = stack.move();
  return {
    port: appliance.port("pop3"),
    pid: appliance.pid,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * Dovecot with a Maildir for each user, passwords in the clear, and login processes that serve many
 * connections, as its documentation advises for a high load.
 */
export async function dovecotPop3(mailboxes: Mailboxes): Promise<Pop3Server> {
  const dovecot: Dovecot = await startDovecot({
    users: Object.fromEntries(mailboxes.users.map((user) => [user, user])),
    extra: `
service pop3-login {
  service_count = 0
  process_min_avail = 2
}
service pop3 {
  service_count = 1000
  process_min_avail = 4
}
mail_max_userip_connections = 1000
login_trusted_networks = 127.0.0.0/8
`,
  });
  for (const user of mailboxes.users) {
    for (let index = 0; index < mailboxes.messages; index++) {
      await dovecot.deliver(user, message(index, mailboxes.octets));
    }
  }
  return dovecot;
}

/** A message of about so many octets, LF line ends. */
function message(index: number, octets: number): string {
  const header = `Message-ID: <${index}@world.example>\nFrom: ann@world.example\n` +
    "To: office@office.example\nSubject: Weather\nDate: Fri, 20 Nov 2026 09:00:00 +0000\n\n";
  const line = "Saturday: west 5, clearing towards the evening, snow showers later.\n";
  return header + line.repeat(Math.max(1, Math.round((octets - header.length) / line.length)));
}
