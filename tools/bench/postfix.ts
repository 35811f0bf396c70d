import { eventually } from "../../tests/support/eventually.ts";
import { freePort, listens } from "../../tests/support/free_port.ts";
import { run } from "../../tests/support/peers.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";

/** A Postfix of the benchmark's own, on 127.0.0.1. Disposing it ends it and its files. */
export interface Postfix extends AsyncDisposable {
  readonly port: number;
  /** Process id of master(8), the parent of all its processes. */
  readonly pid: number;
  /** The directory of main.cf, for `-c`. */
  readonly configuration: string;
  /** The mbox file of a user. */
  mailbox(user: string): string;
  /** How many messages are in the queue. */
  queued(): Promise<number>;
}

/** What the server is like. */
export interface PostfixOptions {
  /** Users of `domain`, each with an mbox file. */
  readonly users: readonly string[];
  readonly domain: string;
  /** More lines for main.cf. */
  readonly extra?: readonly string[];
  /** Whether it encrypts as Debian's package is set up: both ways where the other side can. */
  readonly tls?: boolean;
}

/** Postfix must be started by root, and never delivers as root: this is who owns the mail. */
const NOBODY = 65534;

/** Starts Postfix on a free port, with local delivery to mbox files and nothing in a chroot. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const dir = await tempDir();
  const { path } = dir;
  const port = freePort();
  await Deno.chmod(path, 0o755);
  for (const name of ["conf", "queue", "data", "mail"]) await Deno.mkdir(`${path}/${name}`);
  await Deno.chown(`${path}/mail`, NOBODY, NOBODY);
  await run("chown", ["postfix", `${path}/data`]);
  if (options.tls) await makeKey(path);
  await Deno.writeTextFile(`${path}/conf/main.cf`, mainCf(path, options));
  await Deno.writeTextFile(`${path}/conf/master.cf`, masterCf(port));
  await Deno.chmod(`${path}/conf`, 0o755);
  const { code, stderr } = await run("postfix", ["-c", `${path}/conf`, "start"]);
  if (code !== 0) throw new Error(`Postfix did not start: ${stderr}`);
  const pid = await eventually("Postfix writes its process id", () => readPid(path));
  await eventually("Postfix listens", () => listens(port));
  return {
    port,
    pid,
    configuration: `${path}/conf`,
    mailbox: (user) => `${path}/mail/${user}`,
    async queued() {
      const { stdout } = await run("postqueue", ["-c", `${path}/conf`, "-j"]);
      return stdout.split("\n").filter((line) => line !== "").length;
    },
    async [Symbol.asyncDispose]() {
      // Where its log daemon has died all its processes hang, and so does whoever stops them.
      await run("timeout", ["20", "postfix", "-c", `${path}/conf`, "stop"]);
      if (isAlive(pid)) await run("kill", ["-9", "--", `-${pid}`, String(pid)]);
      await eventually("Postfix ends", () => !isAlive(pid));
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** A key and a certificate that nobody has signed, as Debian's `ssl-cert` makes them. */
async function makeKey(path: string): Promise<void> {
  const { code, stderr } = await run("openssl", [
    ...[
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "30",
      "-subj",
      "/CN=peer.example",
    ],
    ...["-keyout", `${path}/conf/key.pem`, "-out", `${path}/conf/cert.pem`],
  ]);
  if (code !== 0) throw new Error(`openssl failed: ${stderr}`);
}

/** Of Debian's main.cf.tls. */
function tlsLines(path: string): readonly string[] {
  return [
    `smtpd_tls_cert_file = ${path}/conf/cert.pem`,
    `smtpd_tls_key_file = ${path}/conf/key.pem`,
    "smtpd_tls_security_level = may",
    "smtp_tls_security_level = may",
    "smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache",
  ];
}

function mainCf(path: string, { users, domain, extra = [], tls = false }: PostfixOptions): string {
  const mailboxes = users.map((user) => `{ ${user}@${domain} = ${user} }`).join(", ");
  return [
    "compatibility_level = 3.6",
    `queue_directory = ${path}/queue`,
    `data_directory = ${path}/data`,
    "command_directory = /usr/sbin",
    "daemon_directory = /usr/lib/postfix/sbin",
    "mail_owner = postfix",
    "setgid_group = postdrop",
    "inet_interfaces = 127.0.0.1",
    "inet_protocols = ipv4",
    "mynetworks = 127.0.0.0/8",
    "myhostname = peer.example",
    "mydestination =",
    "alias_maps =",
    "local_recipient_maps =",
    `maillog_file = ${path}/maillog`,
    `maillog_file_prefixes = ${path}`,
    `virtual_mailbox_domains = ${domain}`,
    `virtual_mailbox_base = ${path}/mail`,
    `virtual_mailbox_maps = inline:{ ${mailboxes} }`,
    `virtual_uid_maps = static:${NOBODY}`,
    `virtual_gid_maps = static:${NOBODY}`,
    "virtual_minimum_uid = 100",
    "virtual_mailbox_limit = 0",
    ...(tls ? tlsLines(path) : []),
    ...extra,
    "",
  ].join("\n");
}

/** The services that take, queue and deliver mail; none in a chroot. */
function masterCf(port: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
`;
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    const pid = Number((await Deno.readTextFile(`${path}/queue/pid/master.pid`)).trim());
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A process that has ended and was not yet waited for counts as ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
