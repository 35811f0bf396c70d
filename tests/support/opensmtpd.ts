import { eventually } from "./eventually.ts";
import { freePort, listens } from "./free_port.ts";
import { maildirMail, type NextHost, type NextHostOptions } from "./next_host.ts";
import { octetsOf, octetText } from "./octet_text.ts";
import { findProgram, installed, run, UNPACKED_PEERS } from "./peers.ts";
import { tempDir } from "./temp_dir.ts";

/** Whether OpenSMTPD can be run: it wants to be started by root. */
export function hasOpenSmtpd(): boolean {
  return installed("opensmtpd") && Deno.uid() === 0;
}

/**
 * Starts OpenSMTPD as a next host. Its directories are part of the program: each test has one that
 * knows the test's own, of the same length.
 */
export async function startOpenSmtpd(options: NextHostOptions = {}): Promise<NextHost> {
  const dir = await tempDir();
  const port = freePort();
  // As long as /var/spool/smtpd, which it takes the place of.
  const work = await Deno.makeTempDir({ dir: "/tmp", prefix: "os" }).then(shortened);
  await Deno.mkdir(`${work}/empty`);
  await Deno.chmod(work, 0o711);
  await Deno.chmod(dir.path, 0o755);
  await Deno.mkdir(`${dir.path}/mail`);
  await run("chown", ["daemon", `${dir.path}/mail`]);
  const program = `${dir.path}/smtpd`;
  const original = octetText(await Deno.readFile(findProgram("opensmtpd") ?? ""));
  await Deno.writeFile(program, octetsOf(withDirectory(original, work)), { mode: 0o755 });
  await Deno.writeTextFile(`${dir.path}/conf`, await configuration(dir.path, port, options));
  const child = new Deno.Command(program, {
    args: ["-d", "-f", `${dir.path}/conf`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await eventually("OpenSMTPD listens", () => listens(port));
  return {
    port,
    taken: () => maildirMail(`${dir.path}/mail`, "Delivered-To"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(work, { recursive: true });
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Renames a directory so that its path has 16 characters. */
async function shortened(path: string): Promise<string> {
  const short = path.slice(0, 16);
  await Deno.rename(path, short);
  return short;
}

/** It runs as users that every system has. */
function withDirectory(program: string, work: string): string {
  const replace = (text: string, from: string, to: string) => {
    if (from.length !== to.length) throw new RangeError(`${from} is not as long as ${to}`);
    return text.replaceAll(from, to);
  };
  let text = replace(program, "/var/spool/smtpd", work);
  text = replace(text, "/var/run/smtpd.sock", `${work}/sk`);
  text = replace(text, "/var/lib/opensmtpd/empty", `${work}/empty/.`);
  text = replace(text, "/usr/libexec/opensmtpd", UNPACKED_PEERS);
  text = replace(text, "user opensmtpd\0", "user daemon\0\0\0\0");
  return replace(text, "user opensmtpq\0", "user bin\0\0\0\0\0\0\0");
}

async function configuration(
  directory: string,
  port: number,
  { tls, login }: NextHostOptions,
): Promise<string> {
  const lines = [
    'table names { "@" = "daemon" }',
    `table homes { "daemon" = "1:1:${directory}" }`,
    'filter later phase rcpt-to match rcpt-to regex { "^<?later" } reject "450 4.2.1 Later"',
    'filter never phase rcpt-to match rcpt-to regex { "^<?never" } reject "550 5.1.1 No such user"',
    "filter both chain { later, never }",
  ];
  const listen = [`listen on 127.0.0.1 port ${port} hostname opensmtpd.example filter both`];
  if (tls !== undefined) {
    await Deno.copyFile(tls.keyFile, `${directory}/key.pem`);
    await Deno.chmod(`${directory}/key.pem`, 0o600);
    lines.push(`pki peer cert "${tls.certFile}"`, `pki peer key "${directory}/key.pem"`);
    listen.push("tls pki peer");
  }
  if (login !== undefined) {
    const { stdout } = await run("openssl", ["passwd", "-6", login.password]);
    lines.push(`table logins { "${login.user}" = "${stdout.trim()}" }`);
    listen.push("auth <logins>");
  }
  const from = login === undefined ? "any" : "auth";
  return [
    ...lines,
    listen.join(" "),
    `action "keep" maildir "${directory}/mail" virtual <names> userbase <homes>`,
    `match from ${from} for domain "world.example" action "keep"`,
    "",
  ].join("\n");
}
