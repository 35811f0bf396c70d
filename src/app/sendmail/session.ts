import { type Connection, type Endpoint, reasonInWords } from "../../platform/mod.ts";
import type { World } from "../world.ts";
import { SYSEXITS } from "./exit.ts";

/** How long answers may still come once the caller has said all, in ms. */
const LAST_ANSWERS_MS = 30_000;

/** Octets passed on at a time. */
const BUFFER_OCTETS = 64 * 1024;

/** `sendmail -bs`: puts the caller through to the server until either has hung up. */
export async function relaySession(
  { clock, net, terminal }: Pick<World, "clock" | "net" | "terminal">,
  server: Endpoint,
): Promise<number> {
  let connection: Connection;
  try {
    connection = await net.connect(server);
  } catch (error) {
    terminal.write(`421 4.3.2 No mail server: ${reasonInWords(error)}\r\n`);
    return SYSEXITS.temporary;
  }
  using open = connection;
  const answers = passAnswers(open, (text) => terminal.write(text));
  const commands = passCommands(terminal.input, open);
  // Our side stays open meanwhile: a server may hang up on a client that has closed its own.
  const ended = new AbortController();
  const enough = commands.then(() => clock.sleep(LAST_ANSWERS_MS, ended.signal)).catch(() => {});
  await Promise.race([answers, enough]);
  ended.abort();
  return SYSEXITS.ok;
}

async function passAnswers(
  connection: Connection,
  write: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(BUFFER_OCTETS);
  for (
    let read = await connection.read(buffer);
    read !== null;
    read = await connection.read(buffer)
  ) {
    write(decoder.decode(buffer.subarray(0, read), { stream: true }));
  }
}

async function passCommands(
  input: ReadableStream<Uint8Array>,
  connection: Connection,
): Promise<void> {
  try {
    for await (const chunk of input) await connection.write(chunk);
  } catch {
    // The server has hung up: what it said last is on its way to the caller.
  }
}
