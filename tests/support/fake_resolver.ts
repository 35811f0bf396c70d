import type { Found, MailExchanger, Resolver } from "../../src/agents/relay/mod.ts";

/** What a {@linkcode FakeResolver} knows: MX as `preference host`, and addresses. */
export interface FakeZone {
  readonly mx?: readonly string[] | Found<MailExchanger>;
  readonly addresses?: readonly string[] | Found<string>;
}

/** A DNS of its own. A name that is not in it does not exist. */
export class FakeResolver implements Resolver {
  /** `MX name`, `A name`, in order. */
  readonly asked: string[] = [];
  readonly #zones: Readonly<Record<string, FakeZone>>;

  constructor(zones: Readonly<Record<string, FakeZone>> = {}) {
    this.#zones = zones;
  }

  mailExchangers(domain: string): Promise<Found<MailExchanger>> {
    this.asked.push(`MX ${domain}`);
    const zone = this.#zones[domain];
    return Promise.resolve(found(zone, zone?.mx, (line) => {
      const [preference, exchange = ""] = line.split(" ");
      return { preference: Number(preference), exchange };
    }));
  }

  addresses(host: string): Promise<Found<string>> {
    this.asked.push(`A ${host}`);
    const zone = this.#zones[host];
    return Promise.resolve(found(zone, zone?.addresses, (address) => address));
  }
}

function found<T>(
  zone: FakeZone | undefined,
  known: readonly string[] | Found<T> | undefined,
  valueOf: (text: string) => T,
): Found<T> {
  if (zone === undefined) return { kind: "no such domain" };
  if (known === undefined) return { kind: "none" };
  return "kind" in known ? known : { kind: "found", records: known.map(valueOf) };
}
