/**
 * Programs that collect mail by POP3, each run as its users run it, with what it changes in a
 * message written down. Every one was tried on the whole corpus against Dovecot.
 *
 * @module
 */
import { octetsOf, octetText } from "./octet_text.ts";
import { run } from "./peers.ts";

/** Whose maildrop is collected, and where. */
export interface Pop3Login {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** A program that collects mail. */
export interface Pop3Client {
  readonly name: string;
  /** The programs it needs, for `installed()`. */
  readonly programs: readonly string[];
  /**
   * Collects every message of a maildrop and deletes them there unless `keep` is set. `directory`
   * is empty and the client's own.
   *
   * @throws {Error} If the program ends with an error.
   */
  collect(login: Pop3Login, directory: string, keep?: boolean): Promise<Uint8Array[]>;
  /** What the program makes of a message that came over the wire. */
  seen(wire: Uint8Array): Uint8Array;
}

/** mpop: pipelines; writes a Maildir, where lines end with LF. */
const mpop: Pop3Client = {
  name: "mpop",
  programs: ["mpop"],
  async collect({ port, user, password }, directory, keep = false) {
    for (const folder of ["cur", "new", "tmp"]) {
      await Deno.mkdir(`${directory}/inbox/${folder}`, { recursive: true });
    }
    await Deno.writeTextFile(
      `${directory}/mpoprc`,
      `account default
host 127.0.0.1
port ${port}
tls off
auth user
user ${user}
password ${password}
keep ${keep ? "on" : "off"}
only_new off
received_header off
uidls_file ${directory}/uidls
delivery maildir ${directory}/inbox
`,
      { mode: 0o600 },
    );
    await succeed("mpop", ["-Q", "-C", `${directory}/mpoprc`]);
    return await filesByTime(`${directory}/inbox/new`);
  },
  seen: withoutCr,
};

/**
 * fetchmail: one command at a time. It gives a message without a body an empty line, and cannot
 * take a line of more than 8,190 octets: it puts rubbish behind it and may lose its place.
 */
const fetchmail: Pop3Client = {
  name: "fetchmail",
  programs: ["fetchmail"],
  async collect({ port, user, password }, directory, keep = false) {
    await Deno.mkdir(`${directory}/inbox`);
    await Deno.writeTextFile(
      `${directory}/fetchmailrc`,
      `set invisible
set no bouncemail
poll 127.0.0.1 port ${port} proto POP3 auth password no dns uidl bad-header accept
  user "${user}" password "${password}" is "root" here
  ${keep ? "keep" : "nokeep"} fetchall no rewrite pass8bits no mimedecode no stripcr sslproto ""
  mda "cat > $(mktemp ${directory}/inbox/XXXXXXXX)"
`,
      { mode: 0o600 },
    );
    await succeed("fetchmail", ["-f", `${directory}/fetchmailrc`, "--nodetach", "--nosyslog"], {
      env: { FETCHMAILHOME: directory, HOME: directory },
    });
    return await filesByTime(`${directory}/inbox`);
  },
  seen: (wire) => octetText(wire).includes("\r\n\r\n") ? wire : octetsOf(octetText(wire) + "\r\n"),
};

/** curl: one connection for each command, and what comes over the wire as it is. */
const curl: Pop3Client = {
  name: "curl",
  programs: ["curl"],
  async collect({ port, user, password }, directory, keep = false) {
    const url = `pop3://127.0.0.1:${port}/`;
    const login = `user = "${user}:${password}"\n`;
    const listing = await succeed("curl", ["-sS", "-K", "-", url], { stdin: login });
    const count = listing.split("\n").filter((line) => /^\d+ \d+/.test(line)).length;
    if (count === 0) return [];
    const name = (n: number) => `${directory}/${n}`;
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const requests = numbers.flatMap((n) => {
      const retrieve = `url = "${url}${n}"\noutput = "${name(n)}"\n${login}`;
      const remove = `url = "${url}${n}"\nrequest = "DELE"\nhead\n${login}`;
      return keep ? [retrieve] : [retrieve, remove];
    });
    await succeed("curl", ["-sS", "-f", "-K", "-"], { stdin: requests.join("next\n") });
    return await Promise.all(numbers.map((n) => Deno.readFile(name(n))));
  },
  seen: (wire) => wire,
};

/** Python's poplib, with its limit of 2,048 octets a line lifted: mail has longer ones. */
const poplib: Pop3Client = {
  name: "poplib",
  programs: ["python3"],
  async collect({ port, user, password }, directory, keep = false) {
    const settings = JSON.stringify({ port, user, password, directory, keep });
    await succeed("python3", ["-c", POPLIB_SCRIPT], { stdin: settings });
    return await filesByName(directory);
  },
  seen: (wire) => wire,
};

const POPLIB_SCRIPT = `
import json, poplib, sys
poplib._MAXLINE = 1 << 24
s = json.load(sys.stdin)
server = poplib.POP3("127.0.0.1", s["port"], timeout=60)
server.user(s["user"])
server.pass_(s["password"])
count, _ = server.stat()
uids = server.uidl()[1]
assert len(uids) == count == len(set(uids)), "UIDL does not agree with STAT"
for n in range(1, count + 1):
    _, lines, _ = server.retr(n)
    body = b"".join(line + b"\\r\\n" for line in lines)
    with open("%s/%06d" % (s["directory"], n), "wb") as file:
        file.write(body)
    if not s["keep"]:
        server.dele(n)
server.quit()
`;

/** All clients that are known. */
export const POP3_CLIENTS: readonly Pop3Client[] = [mpop, fetchmail, curl, poplib];

async function succeed(
  program: string,
  args: readonly string[],
  options: { stdin?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  // fetchmail says 1 when there was no mail.
  if (code === 0 || (program === "fetchmail" && code === 1)) return stdout;
  throw new Error(`${program} ended with ${code}: ${stderr.slice(-2000)}${stdout.slice(-2000)}`);
}

function withoutCr(wire: Uint8Array): Uint8Array {
  return octetsOf(octetText(wire).replaceAll("\r\n", "\n"));
}

async function filesByName(directory: string): Promise<Uint8Array[]> {
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  return await Promise.all(names.sort().map((name) => Deno.readFile(`${directory}/${name}`)));
}

async function filesByTime(directory: string): Promise<Uint8Array[]> {
  const files = await Array.fromAsync(Deno.readDir(directory), async ({ name }) => {
    const path = `${directory}/${name}`;
    return { path, at: (await Deno.stat(path)).mtime?.getTime() ?? 0 };
  });
  files.sort((a, b) => a.at - b.at);
  return await Promise.all(files.map(({ path }) => Deno.readFile(path)));
}
