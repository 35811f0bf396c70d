import { eventually } from "./eventually.ts";
import { freePort, listens } from "./free_port.ts";
import { maildirMail, type NextHost, type NextHostOptions } from "./next_host.ts";
import { findProgram, run } from "./peers.ts";
import { tempDir } from "./temp_dir.ts";

/** Starts Exim as a next host; root alone can. It takes BDAT and PIPELINING. */
export async function startExim(options: NextHostOptions = {}): Promise<NextHost> {
  const dir = await tempDir();
  const port = freePort();
  await Deno.chmod(dir.path, 0o755);
  for (const name of ["spool", "log", "mail"]) await Deno.mkdir(`${dir.path}/${name}`);
  await run("chown", [
    "-R",
    "daemon:daemon",
    ...["spool", "log", "mail"].map((name) => `${dir.path}/${name}`),
  ]);
  const { tls } = options;
  if (tls !== undefined) {
    await Deno.copyFile(tls.certFile, `${dir.path}/cert.pem`);
    await Deno.copyFile(tls.keyFile, `${dir.path}/key.pem`);
    await run("chown", ["daemon", `${dir.path}/key.pem`]);
  }
  await Deno.writeTextFile(`${dir.path}/conf`, configuration(dir.path, options));
  const child = new Deno.Command(findProgram("exim4") ?? "exim4", {
    args: [
      ...["-C", `${dir.path}/conf`, "-bdf", "-oX", `127.0.0.1:${port}`],
      ...["-oP", `${dir.path}/pid`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await eventually("Exim listens", () => listens(port));
  return {
    port,
    taken: () => maildirMail(`${dir.path}/mail`, "Envelope-to"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      // Deliveries are processes of their own.
      await eventually("Exim has delivered", async () => {
        const { code } = await run("pgrep", ["-f", `exim4 -C ${dir.path}/conf`]);
        return code !== 0;
      });
      await dir[Symbol.asyncDispose]();
    },
  };
}

function configuration(directory: string, { tls, login }: NextHostOptions): string {
  return `
exim_path = ${findProgram("exim4")}
exim_user = daemon
exim_group = daemon
keep_environment =
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%slog
primary_hostname = exim.example
local_interfaces = 127.0.0.1
smtp_accept_queue_per_connection = 0
message_size_limit = 100M
acl_smtp_rcpt = rcpt
tls_advertise_hosts = ${tls === undefined ? "" : "*"}
${tls === undefined ? "" : `tls_certificate = ${directory}/cert.pem`}
${tls === undefined ? "" : `tls_privatekey = ${directory}/key.pem`}
begin acl
rcpt:
  ${login === undefined ? "" : "deny message = log in first\n       !authenticated = *"}
  defer message = come again later
        local_parts = ^later
  deny  message = no such user
        local_parts = ^never
  accept domains = world.example
begin routers
all:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  directory = ${directory}/mail
  maildir_format
  envelope_to_add
  user = daemon
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${login?.user}}}{eq{$auth3}{${login?.password}}}}}
  server_set_id = $auth2
  server_advertise_condition = \${if def:tls_in_cipher}
`;
}
