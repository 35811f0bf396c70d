/**
 * Real POP3 clients collect mail from the server and its store on a real disk: what they have in the
 * end is, octet for octet, what was delivered.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { served, uidsNow } from "../support/maildrop_store.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { installed, run } from "../support/peers.ts";
import { type TestServer, testServer } from "../support/pop3_server.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Messages that have broken servers and clients before, by delivery id. */
const CORPUS: ReadonlyMap<string, string> = new Map([
  ["plain", "Subject: plain\r\n\r\nHello\r\n"],
  ["dots", "Subject: dots\r\n\r\n.\r\n..\r\n...\r\n.a\r\n\r\n."],
  ["from", "Subject: from\r\n\r\nFrom me\r\n>From you\r\n>>From them\r\n\r\nFrom a b\r\n"],
  ["from-line", "Subject: x\r\n\r\nFrom a@b Mon Jan  1 00:00:00 2024\r\nA: 1\r\n\r\n"],
  ["blank", "Subject: blank lines\r\n\r\n\r\n\r\nend\r\n\r\n\r\n"],
  ["eight-bit", "Subject: \xe9t\xe9\r\n\r\n\xfc\xff\x80 na\xc3\xafve\r\n"],
  ["long-line", `Subject: long line\r\n\r\n${"x".repeat(1500)}\r\n.${"y".repeat(1500)}\r\n`],
  ["large", `Subject: large\r\n\r\n${".0123456789 From here\r\n".repeat(20_000)}`],
  ...Array.from({ length: 60 }, (_, i) => [`small${i}`, `Subject: ${i}\r\n\r\n${i}\r\n`] as const),
]);

/** What only some clients leave as it is. */
const ODD: ReadonlyMap<string, string> = new Map([
  ["no-body", "Subject: no body\r\n"],
  ["nul", "Subject: nul\r\n\r\na\0b\r\n\0\r\n"],
  ["bare-cr", "Subject: bare CR\r\n\r\na\rb\r\r.\r\n\r\n"],
  ["longest-line", `Subject: one line\r\n\r\n${"z".repeat(200_000)}\r\n`],
]);

/** What a client must have in the end: every line ended. */
function wanted(corpus: ReadonlyMap<string, string>): string[] {
  return [...corpus].map(([id, text]) => served(id, text.endsWith("\r\n") ? text : `${text}\r\n`));
}

async function serverWith(corpus: ReadonlyMap<string, string>): Promise<TestServer> {
  const server = await testServer();
  for (const [id, text] of corpus) {
    const body = [octetsOf(text)];
    await server.store.deliver("bob", [{ deliveryId: id, sender: "fred@a.example", body }]);
  }
  return server;
}

/** The files a client wrote, with CRLF line ends, sorted: clients name them as they like. */
async function filesIn(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    found.push(octetText(await Deno.readFile(`${directory}/${name}`)).replaceAll("\n", "\r\n"));
  }
  return found.sort();
}

async function writePrivate(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

Deno.test({
  name: "curl gets every message octet for octet, odd ones too",
  ignore: !installed("curl"),
  async fn() {
    const corpus = new Map([...CORPUS, ...ODD]);
    await using server = await serverWith(corpus);
    await using dir = await tempDir();
    const url = `pop3://127.0.0.1:${server.port}/[1-${corpus.size}]`;
    const args = ["-sS", "-u", "bob:secret", url, "-o", `${dir.path}/#1`];
    const { code, stderr } = await run("curl", args);
    strictEqual(code, 0, stderr);
    for (const [index, text] of wanted(corpus).entries()) {
      const got = octetText(await Deno.readFile(`${dir.path}/${index + 1}`));
      ok(got === text, `message ${index + 1} differs`);
    }
  },
});

Deno.test({
  name: "mpop collects all in one pipelined session, then only what is new",
  ignore: !installed("mpop"),
  async fn() {
    await using server = await serverWith(CORPUS);
    await using dir = await tempDir();
    for (const name of ["cur", "new", "tmp"]) {
      await Deno.mkdir(`${dir.path}/mail/${name}`, { recursive: true });
    }
    await writePrivate(
      `${dir.path}/mpoprc`,
      `account default\nhost 127.0.0.1\nport ${server.port}\nuser bob\npassword secret\nauth user\n` +
        `tls off\npipelining on\nkeep on\nreceived_header off\ndelivery maildir ${dir.path}/mail\n` +
        `uidls_file ${dir.path}/uidls\n`,
    );
    const args = ["-C", `${dir.path}/mpoprc`, "--quiet"];
    const first = await run("mpop", args);
    strictEqual(first.code, 0, first.stderr);
    ok(same(await filesIn(`${dir.path}/mail/new`), wanted(CORPUS)));
    await server.store.deliver("bob", [
      { deliveryId: "new", sender: "a@b", body: [octetsOf("A: 1\r\n")] },
    ]);
    const second = await run("mpop", [...args, "--keep=off"]);
    strictEqual(second.code, 0, second.stderr);
    strictEqual((await filesIn(`${dir.path}/mail/new`)).length, CORPUS.size + 1);
    deepStrictEqual(await uidsNow(server.store, "bob"), []);
  },
});

Deno.test({
  name: "fetchmail collects all and deletes them",
  ignore: !installed("fetchmail"),
  async fn() {
    await using server = await serverWith(CORPUS);
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/mail`);
    await writePrivate(
      `${dir.path}/fetchmailrc`,
      `set no bouncemail\nset idfile "${dir.path}/ids"\n` +
        `poll 127.0.0.1 protocol POP3 service ${server.port} uidl timeout 30\n` +
        `user bob password secret no keep no rewrite no mimedecode sslproto ""\n` +
        `mda "cat > ${dir.path}/mail/$$"\n`,
    );
    const { code, stderr, stdout } = await run(
      "fetchmail",
      [
        "-f",
        `${dir.path}/fetchmailrc`,
        "--invisible",
        "--nosyslog",
        "--pidfile",
        `${dir.path}/pid`,
      ],
      { env: { HOME: dir.path, FETCHMAILHOME: dir.path } },
    );
    strictEqual(code, 0, stderr + stdout);
    ok(same(await filesIn(`${dir.path}/mail`), wanted(CORPUS)));
    deepStrictEqual(await uidsNow(server.store, "bob"), []);
  },
});

Deno.test({
  name: "getmail collects all and deletes them",
  ignore: !installed("getmail"),
  async fn() {
    await using server = await serverWith(CORPUS);
    await using dir = await tempDir();
    await Deno.mkdir(`${dir.path}/mail`);
    await writePrivate(
      `${dir.path}/getmailrc`,
      `[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\nport = ${server.port}\n` +
        `username = bob\npassword = secret\n[destination]\ntype = MDA_external\npath = /bin/sh\n` +
        `arguments = ("-c", "cat > ${dir.path}/mail/$$")\nallow_root_commands = true\n` +
        `[options]\ndelivered_to = false\nreceived = false\ndelete = true\nverbose = 0\n`,
    );
    const args = [`--getmaildir=${dir.path}`, `--rcfile=${dir.path}/getmailrc`];
    const { code, stderr } = await run("getmail", args, { env: { HOME: dir.path } });
    strictEqual(code, 0, stderr);
    ok(same(await filesIn(`${dir.path}/mail`), wanted(CORPUS)));
    deepStrictEqual(await uidsNow(server.store, "bob"), []);
  },
});

const POPLIB = `
import poplib, sys
pop = poplib.POP3("127.0.0.1", int(sys.argv[1]))
capa = pop.capa()
pop.user("bob")
try:
    pop.pass_("wrong")
    sys.exit("a wrong password was accepted")
except poplib.error_proto as error:
    assert b"[AUTH]" in error.args[0], error
pop.user("bob")
pop.pass_("secret")
count, octets = pop.stat()
sizes = [int(line.split()[1]) for line in pop.list()[1]]
uids = [line.split()[1].decode() for line in pop.uidl()[1]]
assert len(sizes) == len(uids) == count and sum(sizes) == octets
for number in range(1, count + 1):
    _, lines, _ = pop.retr(number)
    message = b"".join(line + b"\\r\\n" for line in lines)
    assert len(message) == sizes[number - 1], number
    _, head, _ = pop.top(number, 0)
    assert head == lines[:lines.index(b"") + 1], number
    open(f"{sys.argv[2]}/{number}", "wb").write(message)
pop.dele(1)
pop.rset()
pop.dele(count)
pop.noop()
pop.quit()
print(" ".join(sorted(capa)))
`;

Deno.test({
  name: "Python's poplib sees the sizes, heads and octets that were promised",
  ignore: !installed("python3"),
  async fn() {
    await using server = await serverWith(CORPUS);
    await using dir = await tempDir();
    const args = ["-c", POPLIB, String(server.port), dir.path];
    const { code, stderr, stdout } = await run("python3", args);
    strictEqual(code, 0, stderr);
    strictEqual(
      stdout.trim(),
      "AUTH-RESP-CODE EXPIRE IMPLEMENTATION PIPELINING RESP-CODES TOP UIDL USER",
    );
    for (const [index, text] of wanted(CORPUS).entries()) {
      const got = octetText(await Deno.readFile(`${dir.path}/${index + 1}`));
      ok(got === text, `message ${index + 1} differs`);
    }
    deepStrictEqual(await uidsNow(server.store, "bob"), [...CORPUS.keys()].slice(0, -1));
  },
});

/** Whether both hold the same texts; says which differ by their first lines only. */
function same(got: readonly string[], want: readonly string[]): boolean {
  const missing = want.filter((text) => !got.includes(text));
  const heads = missing.map((text) => text.split("\r\n")[1]).join(", ");
  strictEqual(heads, "", "these messages are missing or were changed");
  return got.length === want.length;
}
