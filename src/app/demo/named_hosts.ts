import type { Endpoint, Net } from "../../platform/mod.ts";

/**
 * The demo's telephone book: a `net` that finds its hosts by the names their configurations use,
 * wherever on this machine they really listen.
 */
export class NamedHosts {
  readonly #hosts = new Map<string, Endpoint>();

  /** Says where `name` listens on its usual `port`. */
  set(name: string, port: number, at: Endpoint): void {
    this.#hosts.set(`${name}:${port}`, at);
  }

  /** `inner` for those who call by name; a name that is not in the book is no host at all. */
  net(inner: Net): Net {
    return {
      ...inner,
      connect: (target, signal) => {
        const at = this.#hosts.get(`${target.host}:${target.port}`);
        if (at === undefined) {
          return Promise.reject(new Error(`There is no host ${target.host} in this demo`));
        }
        return inner.connect({ ...target, ...at }, signal);
      },
    };
  }
}
