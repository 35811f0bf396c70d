import { findProgram } from "./peers.ts";
import { tempDir } from "./temp_dir.ts";

/** A Dovecot POP3 server of the test's own, on 127.0.0.1. Disposing it ends it and its files. */
export interface Dovecot extends AsyncDisposable {
  readonly port: number;
  /** Process id of the master, the parent of all its processes. */
  readonly pid: number;
  /** Port of POP3S; 0 without `tls`. */
  readonly tlsPort: number;
  /** The Maildir of a user. */
  maildir(user: string): string;
  /** Puts a message, LF or CRLF line ends, into a user's mailbox. */
  deliver(user: string, message: string | Uint8Array): Promise<void>;
  /** The messages a user still has, as they are on disk, oldest first. */
  messages(user: string): Promise<string[]>;
}

/** What the server is like. */
export interface DovecotOptions {
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** Files in PEM; turns on STLS and POP3S. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** More lines for the configuration. */
  readonly extra?: string;
}

/** Mail must not be read as root: this is who owns it when the test runs as root. */
const NOBODY = 65534;

/** Starts Dovecot on free ports and waits until it listens. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const dir = await tempDir();
  const port = freePort();
  const tlsPort = options.tls ? freePort() : 0;
  const maildir = (user: string) => `${dir.path}/mail/${user}`;
  await Deno.chmod(dir.path, 0o755);
  for (const user of Object.keys(options.users)) {
    for (const folder of ["", "/cur", "/new", "/tmp"]) {
      await Deno.mkdir(maildir(user) + folder, { recursive: true });
      await own(maildir(user) + folder);
    }
  }
  await own(`${dir.path}/mail`);
  await Deno.writeTextFile(`${dir.path}/users`, passwd(options.users));
  await Deno.writeTextFile(`${dir.path}/conf`, configuration(dir.path, { port, tlsPort }, options));
  const child = new Deno.Command(findProgram("dovecot") ?? "dovecot", {
    args: ["-F", "-c", `${dir.path}/conf`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = watch(child.stderr, /starting up/);
  if (!await output.seen) throw new Error(`Dovecot did not start: ${output.text()}`);

  let delivered = 0;
  return {
    port,
    pid: child.pid,
    tlsPort,
    maildir,
    async deliver(user, message) {
      const name = `${1_700_000_000 + delivered}.M${delivered++}.test`;
      const bytes = typeof message === "string" ? new TextEncoder().encode(message) : message;
      await Deno.writeFile(`${maildir(user)}/tmp/${name}`, bytes);
      await own(`${maildir(user)}/tmp/${name}`);
      await Deno.rename(`${maildir(user)}/tmp/${name}`, `${maildir(user)}/new/${name}`);
    },
    async messages(user) {
      const found: { name: string; text: string }[] = [];
      for (const folder of ["new", "cur"]) {
        for await (const { name } of Deno.readDir(`${maildir(user)}/${folder}`)) {
          const text = await Deno.readTextFile(`${maildir(user)}/${folder}/${name}`);
          found.push({ name, text });
        }
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ text }) => text);
    },
    async [Symbol.asyncDispose]() {
      const children = await childrenOf(child.pid);
      child.kill("SIGTERM");
      // Its processes would finish their sessions first, and take seconds over it.
      for (const pid of children) killQuietly(pid);
      await child.status;
      await output.ended;
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function childrenOf(pid: number): Promise<number[]> {
  try {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    return text.split(" ").filter((word) => word.trim() !== "").map(Number);
  } catch {
    return []; // Not Linux, or it has ended already.
  }
}

function killQuietly(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** A port nobody listens on; the test's server takes it at once. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function own(path: string): Promise<void> {
  if (Deno.uid() === 0) await Deno.chown(path, NOBODY, NOBODY);
}

function passwd(users: Readonly<Record<string, string>>): string {
  return Object.entries(users).map(([user, password]) => `${user}:{PLAIN}${password}\n`).join("");
}

function configuration(
  path: string,
  { port, tlsPort }: { port: number; tlsPort: number },
  { tls, extra = "" }: DovecotOptions,
): string {
  const root = Deno.uid() === 0;
  const [uid, gid] = root ? [NOBODY, NOBODY] : [Deno.uid(), Deno.gid()];
  return `
protocols = pop3
listen = 127.0.0.1
base_dir = ${path}/run
state_dir = ${path}/state
log_path = /dev/stderr
mail_location = maildir:${path}/mail/%u
first_valid_uid = 1
disable_plaintext_auth = no
auth_mechanisms = plain
ssl = ${tls ? "yes" : "no"}
${tls ? `ssl_cert = <${tls.certFile}\nssl_key = <${tls.keyFile}` : ""}
${root ? "" : nonRoot()}
passdb {
  driver = passwd-file
  args = ${path}/users
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${path}/mail/%u
}
service pop3-login {
  ${root ? "" : "chroot ="}
  process_min_avail = 1
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = ${tlsPort}
    ssl = yes
  }
}
service stats {
  ${root ? "" : "chroot ="}
}
${extra}
`;
}

/** Dovecot's own users exist only for root; everything runs as us then. */
function nonRoot(): string {
  const user = Deno.env.get("USER") ?? String(Deno.uid());
  return `default_internal_user = ${user}
default_internal_group = ${user}
default_login_user = ${user}
service anvil {
  chroot =
}
`;
}

/** Reads a stream to its end; `seen` tells whether `pattern` came. */
function watch(stream: ReadableStream<Uint8Array>, pattern: RegExp) {
  const { promise: seen, resolve } = Promise.withResolvers<boolean>();
  let text = "";
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text = (text + decoder.decode(chunk, { stream: true })).slice(-8192);
      if (pattern.test(text)) resolve(true);
    }
    resolve(false);
  })();
  return { seen, ended, text: () => text };
}
