import type { Envelope, NotifyKeyword } from "../../formats/envelope.ts";

/** The envelope as the protocol library keeps it; its parameters have been checked. */
export interface ReceivedEnvelope {
  readonly mailFrom: { readonly address: string } | false;
  readonly rcptTo: readonly {
    readonly address: string;
    readonly dsn?: {
      readonly notify?: readonly string[] | undefined;
      readonly orcpt?: string | undefined;
    } | undefined;
  }[];
  readonly dsn?: { readonly ret: string | null; readonly envid: string | null } | undefined;
  readonly smtpUtf8?: boolean | undefined;
}

/** The envelope as the rest of the appliance knows it: what the client did not say is absent. */
export function envelopeOf({ mailFrom, rcptTo, dsn, smtpUtf8 }: ReceivedEnvelope): Envelope {
  return {
    sender: mailFrom ? mailFrom.address : "",
    recipients: rcptTo.map(({ address, dsn }) => ({
      address,
      ...(dsn?.notify ? { notify: dsn.notify as readonly NotifyKeyword[] } : {}),
      ...(dsn?.orcpt ? { orcpt: dsn.orcpt } : {}),
    })),
    ...(dsn?.ret ? { ret: dsn.ret as "FULL" | "HDRS" } : {}),
    ...(dsn?.envid ? { envid: dsn.envid } : {}),
    ...(smtpUtf8 ? { smtpUtf8 } : {}),
  };
}
