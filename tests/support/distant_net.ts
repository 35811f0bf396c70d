import { type Endpoint, type Net, systemNet } from "../../src/platform/mod.ts";

/**
 * The network of this machine with distant hosts in it: whoever connects to `192.0.2.1:25` reaches
 * a port of this machine. No other distant host can be reached.
 */
export class DistantNet implements Net {
  /** Ports of this machine, by `host:port`; may change at any time. */
  readonly hosts: Record<string, number> = {};
  /** What was connected to, distant hosts only, by `host:port`. */
  readonly tried: string[] = [];
  readonly startTls = systemNet.startTls;
  readonly listen = systemNet.listen;

  connect(target: Parameters<Net["connect"]>[0], signal?: AbortSignal) {
    const { host, port } = target;
    if (host === "127.0.0.1") return systemNet.connect(target, signal);
    const name = nameOf(target);
    this.tried.push(name);
    const here = this.hosts[name];
    if (here === undefined) return Promise.reject(new Error(`Nobody is at ${host} port ${port}`));
    return systemNet.connect({ ...target, host: "127.0.0.1", port: here }, signal);
  }
}

function nameOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}
