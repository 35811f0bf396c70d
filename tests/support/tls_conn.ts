import { LineConn } from "./line_conn.ts";
import { SmtpSession } from "./smtp_session.ts";
import { tlsPair } from "./tls_pair.ts";

/** Connects, says STARTTLS, and makes TLS; checks the certificate of {@linkcode tlsPair}. */
export async function startTls(port: number): Promise<LineConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const plain = new LineConn(conn);
  await plain.text();
  await plain.write("STARTTLS\r\n");
  const reply = await plain.text();
  if (!reply?.startsWith("220 ")) throw new Error(`No TLS: ${reply}`);
  return await handshake(conn);
}

/** Makes TLS on a connection whose server has agreed to it. */
export async function handshake(conn: Deno.TcpConn): Promise<LineConn> {
  conn.setNoDelay(true); // Otherwise the last octets of the handshake wait 40 ms for a first answer.
  const { cert } = await tlsPair();
  const tls = await Deno.startTls(conn, { hostname: "localhost", caCerts: [cert] });
  await tls.handshake();
  return new LineConn(tls);
}

/** Connects with TLS from the first octet. */
export async function connectTls(port: number): Promise<LineConn> {
  return await handshake(await Deno.connect({ hostname: "127.0.0.1", port }));
}

/** A session behind STARTTLS that has said EHLO. */
export async function secureSession(port: number): Promise<SmtpSession> {
  const session = new SmtpSession(await startTls(port));
  await session.command("EHLO client.example");
  return session;
}
