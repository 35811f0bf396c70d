import { deepStrictEqual as equal, ok, rejects, strictEqual } from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { systemNet, systemPinnedTls } from "../../../src/platform/mod.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { testPair } from "../../support/manager.ts";
import { installed } from "../../support/peers.ts";
import { watchOutput } from "../../support/process_output.ts";
import { tempDir } from "../../support/temp_dir.ts";

const never = new AbortController().signal;

/** A TLS server whose certificate nobody has signed that anybody trusts. */
async function startServer(dir: string, serve: (conn: Deno.TlsConn) => Promise<void>) {
  const { certFile, keyFile } = await makeCertificate(dir);
  const [cert, key] = [await Deno.readTextFile(certFile), await Deno.readTextFile(keyFile)];
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const serving = (async () => {
    for await (const conn of listener) {
      await serve(conn).catch(() => {});
      conn.close();
    }
  })();
  return {
    fingerprint: new X509Certificate(cert).fingerprint256,
    target: { host: "127.0.0.1", port: listener.addr.port },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

const openssl = { ignore: !installed("openssl") };

Deno.test({
  name: "connectUnverified() tells which certificate the server showed, and carries octets",
  ...openssl,
  async fn() {
    await using dir = await tempDir();
    await using server = await startServer(dir.path, async (conn) => {
      const buffer = new Uint8Array(100);
      const count = await conn.read(buffer) ?? 0;
      await conn.write(buffer.subarray(0, count));
    });
    const { connection, fingerprintSha256 } = await systemPinnedTls.connectUnverified(
      server.target,
      never,
    );
    using _closed = connection;
    strictEqual(fingerprintSha256, server.fingerprint);
    await connection.write(new TextEncoder().encode("hello"));
    const [two, rest] = [new Uint8Array(2), new Uint8Array(100)];
    equal([await connection.read(two), await connection.read(rest)], [2, 3]);
    strictEqual(await connection.read(rest), null);
  },
});

Deno.test({
  name: "connectUnverified() does not take a certificate whose key the server does not have",
  ignore: !installed("openssl", "python3"),
  async fn() {
    await using dir = await tempDir();
    const { certFile } = await makeCertificate(dir.path);
    const server = new Deno.Command("python3", {
      args: ["-c", IMPOSTOR, certFile, `${dir.path}/key.pem`, `${dir.path}/ca.key`],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [stdout, stderr] = [watchOutput(server.stdout), watchOutput(server.stderr)];
    const port = Number(await stdout.line(/^\d+$/));
    await rejects(systemPinnedTls.connectUnverified({ host: "127.0.0.1", port }, never));
    await server.status;
    await Promise.all([stdout.ended, stderr.ended]);
    // The handshake came so far that only the proof of the key was missing.
    ok(/decrypt.?error/i.test(stdout.text), stdout.text + stderr.text);
  },
});

/**
 * Shows a certificate and signs with another key: a key file whose public half was replaced, which
 * OpenSSL takes for the key of that certificate.
 */
const IMPOSTOR = `
import base64, re, socket, ssl, sys, tempfile
def der(path):
    text = re.search('-----BEGIN [^-]+-----(.*?)-----END', open(path).read(), re.S).group(1)
    return base64.b64decode(''.join(text.split()))
real, other = der(sys.argv[2]), der(sys.argv[3])
with tempfile.NamedTemporaryFile('w', suffix='.pem') as forged:
    key = base64.encodebytes(other[:-65] + real[-65:]).decode()
    forged.write('-----BEGIN PRIVATE KEY-----\\n' + key + '-----END PRIVATE KEY-----\\n')
    forged.flush()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], forged.name)
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
try:
    context.wrap_socket(client, server_side=True)
    print('the client took it', flush=True)
except ssl.SSLError as error:
    print(error, flush=True)
`;

Deno.test("connectUnverified() says that nobody listens", async () => {
  using listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const { port } = listener.local;
  listener[Symbol.dispose]();
  await rejects(
    systemPinnedTls.connectUnverified({ host: "127.0.0.1", port }, never),
    /ECONNREFUSED|refused/,
  );
});

Deno.test("connectUnverified() gives up a handshake that is not answered when told to", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const connecting = systemPinnedTls.connectUnverified(
    { host: "127.0.0.1", port: listener.addr.port },
    stop.signal,
  );
  using silent = await listener.accept();
  await silent.read(new Uint8Array(1));
  stop.abort(new Error("enough"));
  await rejects(connecting, /enough/);
});

Deno.test({
  name: "a read is ended by close(), and closing twice is harmless",
  ...openssl,
  async fn() {
    await using dir = await tempDir();
    await using server = await startServer(dir.path, async (conn) => {
      await conn.read(new Uint8Array(1));
    });
    const { connection } = await systemPinnedTls.connectUnverified(server.target, never);
    const read = connection.read(new Uint8Array(1)).catch(() => null);
    connection.close();
    connection.close();
    strictEqual(await read, null);
  },
});

Deno.test("listen() hands out connections whose first write waits for the handshake", async () => {
  const tls = await testPair();
  using listener = await systemPinnedTls.listen({ host: "127.0.0.1", port: 0 }, () => tls);
  const serving = (async () => {
    for await (const { connection, fingerprintSha256 } of listener) {
      using client = connection;
      strictEqual(fingerprintSha256, tls.fingerprintSha256);
      await client.write(new TextEncoder().encode(client.remote.host));
      const octets = new Uint8Array(100);
      const count = await client.read(octets);
      listener[Symbol.dispose]();
      return new TextDecoder().decode(octets.subarray(0, count ?? 0));
    }
  })();
  const { connection, fingerprintSha256 } = await systemPinnedTls.connectUnverified(
    { host: "127.0.0.1", port: listener.local.port },
    never,
  );
  using client = connection;
  strictEqual(fingerprintSha256, tls.fingerprintSha256);
  const octets = new Uint8Array(100);
  const count = await client.read(octets);
  strictEqual(new TextDecoder().decode(octets.subarray(0, count ?? 0)), "127.0.0.1");
  await client.write(new TextEncoder().encode("thanks"));
  strictEqual(await serving, "thanks");
});

Deno.test("close() ends a connection in the middle of its handshake", async () => {
  const tls = await testPair();
  using listener = await systemPinnedTls.listen({ host: "127.0.0.1", port: 0 }, () => tls);
  using client = await Deno.connect({ hostname: "127.0.0.1", port: listener.local.port });
  for await (const { connection } of listener) {
    const written = connection.write(new Uint8Array(1));
    connection.close();
    await rejects(written);
    listener[Symbol.dispose]();
  }
  strictEqual(await client.read(new Uint8Array(1)).catch(() => null), null);
});

Deno.test("a write ends when the peer goes away in the middle of the handshake", async () => {
  const tls = await testPair();
  using listener = await systemPinnedTls.listen({ host: "127.0.0.1", port: 0 }, () => tls);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.local.port });
  for await (const { connection } of listener) {
    const written = connection.write(new Uint8Array(1));
    client.close();
    await rejects(written);
    connection.close();
    listener[Symbol.dispose]();
  }
});

Deno.test("listen() says that the port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const at = { host: "127.0.0.1", port: taken.addr.port };
  const tls = await testPair();
  await rejects(systemPinnedTls.listen(at, () => tls), /EADDRINUSE/);
});
