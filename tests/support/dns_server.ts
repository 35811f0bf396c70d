import { createSocket, type RemoteInfo, type Socket } from "node:dgram";

/** What a name has, or how the server fails at it. */
export type DnsZone =
  | {
    /** As `preference host`; the host `.` takes no mail. */
    readonly MX?: readonly string[];
    readonly A?: readonly string[];
    readonly AAAA?: readonly string[];
    readonly CNAME?: string;
  }
  | "SERVFAIL"
  | "REFUSED"
  | "silence";

/** How a {@linkcode DnsServer} behaves. */
export interface DnsServerOptions {
  /** A name that is not in it does not exist. */
  readonly zones: Readonly<Record<string, DnsZone>>;
  readonly ttlS?: number;
  /** What becomes of questions by UDP; forged: another answer than the right one comes first. */
  readonly udp?: "answered" | "silence" | "truncated" | "forged";
  /** Whether what an alias stands for comes with it. */
  readonly followsAliases?: boolean;
}

/** A DNS server on 127.0.0.1 that answers by UDP and TCP. Disposing ends it. */
export interface DnsServer extends AsyncDisposable {
  readonly port: number;
  /** `MX example.org by UDP`, in order. */
  readonly asked: string[];
}

const TYPES: Readonly<Record<number, "A" | "CNAME" | "MX" | "AAAA">> = {
  1: "A",
  5: "CNAME",
  15: "MX",
  28: "AAAA",
};
const CODES = { SERVFAIL: 2, REFUSED: 5 } as const;

/** Starts one. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const asked: string[] = [];
  const { socket, listener } = await bothOnOnePort();
  socket.on("message", (query: Uint8Array, from: RemoteInfo) => {
    const { udp = "answered" } = options;
    const answer = answerTo(query, options, (question) => asked.push(`${question} by UDP`));
    if (answer === undefined || udp === "silence") return;
    if (udp === "forged") {
      socket.send(Uint8Array.from(answer, (octet, at) => at === 1 ? octet ^ 1 : octet), from.port);
      socket.send(new Uint8Array([1, 2, 3]), from.port);
    }
    if (udp === "truncated") answer[2] = answer[2]! | 0x02;
    socket.send(answer, from.port, from.address);
  });
  const serving = serve(
    listener,
    (query) => answerTo(query, options, (question) => asked.push(`${question} by TCP`)),
  );
  return {
    port: listener.addr.port,
    asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
      await new Promise<void>((closed) => socket.close(() => closed()));
    },
  };
}

/** A free port of one protocol may be taken in the other. */
async function bothOnOnePort(): Promise<{
  readonly socket: Socket;
  readonly listener: Deno.TcpListener;
}> {
  for (let left = 20;; left--) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const socket = createSocket("udp4");
    const bound = Promise.withResolvers<void>();
    socket.on("error", bound.reject);
    socket.bind(listener.addr.port, "127.0.0.1", bound.resolve);
    try {
      await bound.promise;
      return { socket, listener };
    } catch (error) {
      listener.close();
      if (left === 0) throw error;
    }
  }
}

async function serve(
  listener: Deno.Listener,
  answer: (query: Uint8Array) => Uint8Array | undefined,
): Promise<void> {
  for await (const conn of listener) {
    using open = conn;
    const buffer = new Uint8Array(1024); // A question comes in one piece.
    const got = await open.read(buffer).catch(() => null) ?? 0;
    const reply = got > 2 ? answer(buffer.subarray(2, got)) : undefined;
    if (reply === undefined) {
      await open.read(buffer).catch(() => null); // Until the client has waited long enough.
      continue;
    }
    await open.write(Uint8Array.of(reply.length >> 8, reply.length & 0xff, ...reply)).catch(
      () => {},
    );
  }
}

/** The whole answer; `undefined` for none. */
function answerTo(
  query: Uint8Array,
  options: DnsServerOptions,
  note: (question: string) => void,
): Uint8Array | undefined {
  const labels: string[] = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at]! + 1) {
    labels.push(new TextDecoder().decode(query.subarray(at + 1, at + 1 + query[at]!)));
  }
  const name = labels.join(".");
  const type = TYPES[query[at + 1]! * 256 + query[at + 2]!] ?? "A";
  note(`${type} ${name}`);
  const zone = options.zones[name];
  if (zone === "silence") return undefined;
  const code = typeof zone === "string" ? CODES[zone] : zone === undefined ? 3 : 0;
  const records = recordsOf(name, type, options);
  const head = [...query.subarray(0, 2), 0x81, 0x80 | code, 0, 1, 0, records.length, 0, 0, 0, 0];
  return Uint8Array.from([...head, ...query.subarray(12, at + 5), ...records.flat()]);
}

function recordsOf(
  name: string,
  type: "A" | "CNAME" | "MX" | "AAAA",
  options: DnsServerOptions,
): readonly (readonly number[])[] {
  const zone = options.zones[name];
  if (zone === undefined || typeof zone === "string") return [];
  const { ttlS = 300, followsAliases = true } = options;
  const record = (number: number, data: readonly number[]) => [
    ...encoded(name),
    ...[0, number, 0, 1, 0, 0, ttlS >> 8, ttlS & 0xff, data.length >> 8, data.length & 0xff],
    ...data,
  ];
  if (zone.CNAME !== undefined) {
    const alias = record(5, encoded(zone.CNAME));
    return followsAliases && zone.CNAME !== name
      ? [alias, ...recordsOf(zone.CNAME, type, options)]
      : [alias];
  }
  switch (type) {
    case "A":
      return (zone.A ?? []).map((ip) => record(1, ip.split(".").map(Number)));
    case "AAAA":
      return (zone.AAAA ?? []).map((groups) => record(28, ipv6(groups)));
    case "MX":
      return (zone.MX ?? []).map((line) => {
        const [preference = "", host = ""] = line.split(" ");
        return record(15, [Number(preference) >> 8, Number(preference) & 0xff, ...encoded(host)]);
      });
    case "CNAME":
      return [];
  }
}

function encoded(name: string): readonly number[] {
  const labels = name.split(".").filter((label) => label !== "");
  return [...labels.flatMap((label) => [label.length, ...new TextEncoder().encode(label)]), 0];
}

/** Of an address with one `::` at most. */
function ipv6(text: string): readonly number[] {
  const [before = [], after = []] = text.split("::").map((half) =>
    half === "" ? [] : half.split(":")
  );
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].map((group) => parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff]);
}
