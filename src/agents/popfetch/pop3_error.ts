import { certificateFault, messageOf } from "../../platform/mod.ts";

/** Why a session with a provider's server ended early. */
export type Pop3ErrorKind =
  /** No connection: worth another try soon, another program may still be dialling (B52). */
  | "unreachable"
  /** The certificate is not trusted, or TLS could not be agreed on. */
  | "tls"
  /** The server answered and said no. */
  | "refused"
  /** The server did not keep to the protocol. */
  | "protocol"
  /** The line or the server went away, or was silent for too long. */
  | "dropped";

/** A session with a provider's server ended early; the message says why in words for a person. */
export class Pop3Error extends Error {
  override name = "Pop3Error";
  readonly kind: Pop3ErrorKind;

  constructor(kind: Pop3ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Puts a failure to connect into words. */
export function connectError(error: unknown, server: string): Pop3Error {
  const cause = { cause: error };
  const text = messageOf(error);
  if (/certificate/i.test(text)) {
    const why = certificateFault(error)?.replace(/^its certificate/, "it") ?? text;
    return new Pop3Error("tls", `The certificate of ${server} is not trusted: ${why}`, cause);
  }
  if (/tls|handshake|InvalidContentType|corrupt message/i.test(text)) {
    return new Pop3Error("tls", `${server} does not speak TLS as asked: ${text}`, cause);
  }
  const why = nameOf(error) === "TimeoutError"
    ? "no answer"
    : nameOf(error) === "ConnectionRefused"
    ? "the connection was refused"
    : text;
  return new Pop3Error("unreachable", `${server} could not be reached: ${why}`, cause);
}

/** Puts a failure in the middle of a session into words. */
export function sessionError(error: unknown, server: string): Pop3Error {
  if (error instanceof Pop3Error) return error;
  const cause = { cause: error };
  if (nameOf(error) === "TimeoutError") {
    return new Pop3Error("dropped", `${server} was silent for too long`, cause);
  }
  return new Pop3Error("dropped", `The connection to ${server} was lost`, cause);
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : "";
}
