import { findProgram, installed, run } from "./peers.ts";
import { tempDir } from "./temp_dir.ts";

/** A message for Exim to pass on, and the server it goes to. */
export interface EximJob {
  readonly port: number;
  readonly from: string;
  readonly to: readonly string[];
  /** LF line ends. */
  readonly message: string;
  /** Implicit TLS instead of STARTTLS. */
  readonly smtps?: boolean;
  readonly login?: { readonly user: string; readonly password: string };
}

/** Whether Exim can be run: it wants to be started by root. */
export function hasExim(): boolean {
  return installed("exim4") && Deno.uid() === 0;
}

/**
 * Passes a message on through Exim, by TLS and in chunks where they are offered, in one attempt.
 *
 * @returns The main log. A delivery has `=>`, with `K` if it was in chunks and `X=` if by TLS.
 */
export async function sendWithExim(job: EximJob): Promise<string> {
  await using dir = await tempDir();
  await Deno.chmod(dir.path, 0o755);
  for (const name of ["spool", "log"]) await Deno.mkdir(`${dir.path}/${name}`);
  await run("chown", ["-R", "daemon:daemon", `${dir.path}/spool`, `${dir.path}/log`]);
  const conf = `${dir.path}/exim.conf`;
  await Deno.writeTextFile(conf, configuration(dir.path, job));
  const { stderr } = await run("exim4", [
    ...["-C", conf, "-odf", "-oi", "-f", job.from, "--", ...job.to],
  ], { stdin: job.message });
  return await Deno.readTextFile(`${dir.path}/log/mainlog`) + stderr;
}

function configuration(directory: string, { port, smtps, login }: EximJob): string {
  return `
exim_path = ${findProgram("exim4")}
exim_user = daemon
exim_group = daemon
keep_environment =
spool_directory = ${directory}/spool
log_file_path = ${directory}/log/%slog
log_selector = +tls_cipher
primary_hostname = exim.example
begin routers
all:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = ${port}
  protocol = ${smtps ? "smtps" : "smtp"}
  hosts_require_tls = *
  tls_verify_certificates =
  hosts_try_chunking = *
  ${login ? "hosts_require_auth = *" : "hosts_try_auth ="}
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  client_send = ^${login?.user ?? ""}^${login?.password ?? ""}
`;
}
