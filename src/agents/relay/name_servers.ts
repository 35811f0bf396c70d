import {
  type DnsQuestion,
  type DnsReply,
  formatDnsQuery,
  NO_SUCH_DOMAIN,
  parseDnsReply,
  responseCodeName,
  typeNumber,
} from "../../formats/dns_message.ts";
import {
  type Clock,
  type Connection,
  deadline,
  type DnsSockets,
  type Endpoint,
  messageOf,
  type Net,
  type Random,
} from "../../platform/mod.ts";

/** What name servers are asked with. */
export interface NameServersDeps {
  readonly dns: DnsSockets;
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
}

/** What came of a question: an answer, be it that there is nothing, or why there was none. */
export type Asked =
  | { readonly kind: "answered"; readonly reply: DnsReply }
  | { readonly kind: "failed"; readonly reason: string };

/** Most servers that are asked one question; resolv.conf(5) knows no more either. */
const MAX_SERVERS = 3;

/** How a server is asked. */
interface Try {
  readonly server: Endpoint;
  readonly by: "UDP" | "TCP";
}

/**
 * Asks one server after the other until one answers. The last try is by TCP: a proxy may let
 * through nothing else (000:1636-1650). A server that answered so is asked so from then on.
 */
export class NameServers {
  readonly #deps: NameServersDeps;
  readonly #byTcp = new Set<string>();

  constructor(deps: NameServersDeps) {
    this.#deps = deps;
  }

  /**
   * @param timeoutMs For all servers together.
   * @throws {SyntaxError} If the name cannot be that of a domain.
   * @throws The abort reason.
   */
  async ask(
    question: DnsQuestion,
    { servers, timeoutMs }: { readonly servers: readonly Endpoint[]; readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<Asked> {
    formatDnsQuery(0, question); // Whoever is asked: a bad name is bad.
    const tries = this.#tries(servers.slice(0, MAX_SERVERS));
    const refused = new Set<Endpoint>();
    let reason = "No DNS server is known: write one as dns_host";
    for (const one of tries) {
      if (refused.has(one.server)) continue; // It has answered; to ask again would not help.
      using limit = deadline(this.#deps.clock, timeoutMs / tries.length, signal);
      try {
        const reply = await this.#try(question, one, limit.signal);
        this.#note(one);
        if (isAnswer(reply)) return { kind: "answered", reply };
        refused.add(one.server);
        const code = responseCodeName(reply.responseCode);
        reason = `The DNS server ${one.server.host} cannot answer (${code})`;
      } catch (error) {
        signal.throwIfAborted();
        if (limit.signal.aborted) reason = `The DNS server ${one.server.host} does not answer`;
        else reason = `The DNS server ${one.server.host} cannot be asked: ${messageOf(error)}`;
      }
    }
    return { kind: "failed", reason };
  }

  #tries(servers: readonly Endpoint[]): readonly Try[] {
    const [first] = servers;
    if (first === undefined) return [];
    if (this.#byTcp.has(endpointName(first))) return [{ server: first, by: "TCP" }];
    const again = servers.length === 1 ? servers : []; // A datagram gets lost.
    const byUdp = [...servers, ...again].map((server): Try => ({ server, by: "UDP" }));
    return [...byUdp, { server: first, by: "TCP" }];
  }

  async #try(question: DnsQuestion, { server, by }: Try, signal: AbortSignal): Promise<DnsReply> {
    const { dns, random } = this.#deps;
    const [high = 0, low = 0] = random.bytes(2);
    const id = high * 0x100 + low;
    const query = formatDnsQuery(id, question);
    const accepted = (bytes: Uint8Array) => replyTo({ id, question }, bytes);
    if (by === "UDP") {
      const accept = (bytes: Uint8Array) => accepted(bytes) !== undefined;
      const reply = accepted(await dns.exchange(server, query, accept, signal));
      if (reply !== undefined && !reply.truncated) return reply;
    }
    const reply = accepted(await this.#exchangeByTcp(server, query, signal));
    if (reply === undefined) throw new Error("it answered something else");
    return reply;
  }

  /** A message by TCP has its length in front (RFC 1035 section 4.2.2). */
  async #exchangeByTcp(
    server: Endpoint,
    query: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    using connection = await this.#deps.net.connect(server, signal);
    const close = () => connection.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      await connection.write(Uint8Array.of(query.length >> 8, query.length & 0xff, ...query));
      const [high = 0, low = 0] = await readExactly(connection, 2);
      return await readExactly(connection, high * 0x100 + low);
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  /** Remembers how a server answers. Nobody waits in vain for datagrams twice. */
  #note({ server, by }: Try): void {
    if (by === "TCP") this.#byTcp.add(endpointName(server));
    else this.#byTcp.delete(endpointName(server));
  }
}

/** An endpoint as the log and a table of them have it. */
export function endpointName({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}

/** What the server itself knows, or has found out. */
function isAnswer({ responseCode, truncated }: DnsReply): boolean {
  return !truncated && (responseCode === 0 || responseCode === NO_SUCH_DOMAIN);
}

/** The answer to just this question (RFC 5452 section 3); `undefined` if it is none. */
function replyTo(
  { id, question }: { readonly id: number; readonly question: DnsQuestion },
  bytes: Uint8Array,
): DnsReply | undefined {
  try {
    const reply = parseDnsReply(bytes);
    const { name, type } = reply.question;
    const isMatch = reply.id === id && name === question.name.toLowerCase() &&
      type === typeNumber(question.type);
    return isMatch ? reply : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readExactly(connection: Connection, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count;) {
    const got = await connection.read(bytes.subarray(done));
    if (got === null) throw new Error("it closed the connection");
    done += got;
  }
  return bytes;
}
