import { createSocket } from "node:dgram";
import { Resolver } from "node:dns";
import type { Endpoint } from "./net.ts";

/** The port of DNS (RFC 1035 section 4.2). */
export const DNS_PORT = 53;

/** File in which a Unix system names its DNS servers. */
const RESOLV_CONF = "/etc/resolv.conf";

/** The DNS servers of this machine, and a way to ask one. */
export interface DnsSockets {
  /** Those the system is set to use, in its order; with a dialled line they come and go with it. */
  servers(): Promise<readonly Endpoint[]>;

  /**
   * Sends one datagram, from a port that nobody can guess, and resolves to the first one from the
   * server that `accept` takes. There may be none: `signal` ends the wait.
   *
   * @throws {Error} If it cannot be sent.
   * @throws The abort reason.
   */
  exchange(
    server: Endpoint,
    query: Uint8Array,
    accept: (datagram: Uint8Array) => boolean,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
}

/** Those of this machine. */
export const systemDnsSockets: DnsSockets = {
  async servers() {
    const found = Deno.build.os === "windows"
      ? new Resolver().getServers()
      : nameServersIn(await Deno.readTextFile(RESOLV_CONF).catch(() => ""));
    return [...new Set(found)].map((host) => ({ host, port: DNS_PORT }));
  },

  async exchange(server, query, accept, signal) {
    signal.throwIfAborted();
    const socket = createSocket(server.host.includes(":") ? "udp6" : "udp4");
    const answer = Promise.withResolvers<Uint8Array>();
    const abort = () => answer.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    socket.on("error", answer.reject);
    socket.on("message", (datagram, from) => {
      const isFromServer = from.port === server.port && sameHost(from.address, server.host);
      if (isFromServer && accept(datagram)) answer.resolve(new Uint8Array(datagram));
    });
    try {
      socket.send(query, server.port, server.host, (error) => error && answer.reject(error));
      return await answer.promise;
    } finally {
      signal.removeEventListener("abort", abort);
      socket.close();
    }
  },
};

/** The servers that a resolv.conf names; this machine if it names none, as resolv.conf(5) says. */
export function nameServersIn(resolvConf: string): readonly string[] {
  const found = [...resolvConf.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].map(([, host]) => host!);
  return found.length > 0 ? found : ["127.0.0.1"];
}

/** An IPv6 address can be written in several ways. */
function sameHost(one: string, other: string): boolean {
  return one === other || canonical(one) === canonical(other);
}

function canonical(host: string): string {
  const [address, zone = ""] = host.split("%");
  const url = `http://[${address}]`;
  return (URL.canParse(url) ? new URL(url).hostname : host) + zone;
}
