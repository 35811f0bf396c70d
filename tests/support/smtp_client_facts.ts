import type { Client } from "../../src/servers/smtpd/replies.ts";

/** A client on the office's network that has said EHLO; `facts` change it. */
export function clientOf(facts: Partial<Client> = {}): Client {
  return {
    name: "tosh.com",
    address: "10.0.0.9",
    localAddress: "10.0.0.1",
    door: "smtp",
    secure: false,
    user: undefined,
    ...facts,
  };
}
