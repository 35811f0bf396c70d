import { eventually } from "./eventually.ts";
import { freePort, listens } from "./free_port.ts";
import type { NextHost, NextHostOptions, TakenMail } from "./next_host.ts";
import { octetText } from "./octet_text.ts";
import { tempDir } from "./temp_dir.ts";

/** Debian's package of the library for Python. */
export const AIOSMTPD = "/usr/lib/python3/dist-packages/aiosmtpd/smtp.py";

/** Debian's Python: another one does not know its packages. */
const PYTHON = "/usr/bin/python3";

/** Whether aiosmtpd is installed; says loudly if not. */
export function hasAiosmtpd(): boolean {
  try {
    Deno.statSync(AIOSMTPD);
    return true;
  } catch {
    console.error("MISSING PEER: aiosmtpd is not installed; its tests are skipped");
    return false;
  }
}

/** What an aiosmtpd can do beside what every next host does. */
export interface AiosmtpdOptions extends NextHostOptions {
  /**
   * Whether it fails at random: 4xx at MAIL, RCPT and the end of data, a connection that ends there
   * or behind a message that was taken, before the reply. The same for the same seed.
   */
  readonly faults?: { readonly seed: number; readonly percent: number };
}

/** A next host that also tells where its faults have lost a reply. */
export interface Aiosmtpd extends NextHost {
  /** Stops failing. */
  heal(): Promise<void>;
  /** How often a message was taken and the connection ended before the reply. */
  lostReplies(): Promise<number>;
}

/** Starts aiosmtpd: no PIPELINING, no CHUNKING, lines of 1001 octets at most. */
export async function startAiosmtpd(options: AiosmtpdOptions = {}): Promise<Aiosmtpd> {
  const dir = await tempDir();
  const port = freePort();
  await Deno.mkdir(`${dir.path}/mail`);
  await Deno.writeTextFile(`${dir.path}/server.py`, SERVER);
  const { tls, login, faults } = options;
  const child = new Deno.Command(PYTHON, {
    args: [`${dir.path}/server.py`],
    env: {
      PORT: String(port),
      MAIL: `${dir.path}/mail`,
      HEALED: `${dir.path}/healed`,
      ...(tls === undefined ? {} : { CERT: tls.certFile, KEY: tls.keyFile }),
      ...(login === undefined ? {} : { LOGIN: login.user, PASSWORD: login.password }),
      ...(faults === undefined
        ? {}
        : { SEED: String(faults.seed), PERCENT: String(faults.percent) }),
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await eventually("aiosmtpd listens", () => listens(port));
  const files = async (end: string) => {
    const entries = await Array.fromAsync(Deno.readDir(`${dir.path}/mail`), ({ name }) => name);
    return entries.filter((name) => name.endsWith(end));
  };
  return {
    port,
    async taken() {
      const mails: TakenMail[] = [];
      for (const name of await files(".eml")) {
        const text = octetText(await Deno.readFile(`${dir.path}/mail/${name}`));
        const [envelope = ""] = text.split("\n", 1);
        const body = text.slice(envelope.length + 1).replaceAll("\r\n", "\n");
        for (const recipient of envelope.split(" ")) mails.push({ recipient, text: body });
      }
      return mails;
    },
    heal: () => Deno.writeTextFile(`${dir.path}/healed`, ""),
    lostReplies: async () => (await files(".lost")).length,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await dir[Symbol.asyncDispose]();
    },
  };
}

const SERVER = `
import asyncio, os, random, ssl
from aiosmtpd.smtp import SMTP, AuthResult

env = os.environ
dice = random.Random(int(env.get("SEED", "0")))
percent = int(env.get("PERCENT", "0"))
count = 0

def fault():
    if os.path.exists(env["HEALED"]): return None
    return dice.choice(["later", "end"]) if dice.randrange(100) < percent else None

class Handler:
    def answer(self, server, good):
        what = fault()
        if what == "end":
            server.transport.abort()
        return "451 4.3.0 Not just now" if what else good

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = self.answer(server, "250 OK")
        if reply.startswith("250"): envelope.mail_from = address
        return reply

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("later"): return "450 4.2.1 Later"
        if address.startswith("never"): return "550 5.1.1 No such user"
        reply = self.answer(server, "250 OK")
        if reply.startswith("250"): envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        global count
        what = fault()
        if what == "later": return "451 4.3.0 Not just now"
        count += 1
        name = os.path.join(env["MAIL"], str(count))
        with open(name + ".tmp", "wb") as file:
            file.write(" ".join(envelope.rcpt_tos).encode() + b"\\n" + envelope.original_content)
        if what == "end": open(name + ".lost", "w").close()
        os.rename(name + ".tmp", name + ".eml")
        if what == "end": server.transport.abort()
        return "250 OK"

def login(server, session, envelope, mechanism, data):
    good = data.login == env["LOGIN"].encode() and data.password == env["PASSWORD"].encode()
    return AuthResult(success=good, handled=good)

context = None
if "CERT" in env:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(env["CERT"], env["KEY"])

def session():
    more = dict(authenticator=login, auth_required=True) if "LOGIN" in env else {}
    return SMTP(Handler(), hostname="aiosmtpd.example", tls_context=context, **more)

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", int(env["PORT"]))
    await server.serve_forever()

asyncio.run(main())
`;
