import type { Connection, Endpoint, Net } from "../../src/platform/mod.ts";
import { ModelSmtpServer } from "./model_smtp_server.ts";

/** A net of SMTP servers in memory, by address; where none is, nobody answers. */
export class ModelHosts implements Net {
  /** `address:port` of each attempt to connect. */
  readonly tried: string[] = [];
  readonly hosts = new Map<string, ModelSmtpServer>();

  /** The server at an address; there is one from then on. */
  at(address: string, ...keywords: readonly string[]): ModelSmtpServer {
    const host = this.hosts.get(address) ?? new ModelSmtpServer(...keywords);
    this.hosts.set(address, host);
    return host;
  }

  /** One that takes connections and never says anything. */
  tarpit(address: string): ModelSmtpServer {
    const host = this.at(address);
    host.answer = () => "";
    return host;
  }

  connect({ host, port }: Endpoint): Promise<Connection> {
    this.tried.push(`${host}:${port}`);
    return this.hosts.get(host)?.connect() ??
      Promise.reject(new Error(`Nobody is at ${host}`));
  }

  startTls(): never {
    throw new TypeError("No TLS in memory");
  }

  listen(): never {
    throw new TypeError("No listening in memory");
  }
}
