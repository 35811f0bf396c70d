/** What ended a session, or kept it from beginning. */
export type SmtpFault =
  /** The line was lost, or there was none. */
  | "line"
  /** The server closed the connection without a word, in the middle of something. */
  | "dropped"
  /** The server did not answer in time. */
  | "silence"
  /** Its replies are none, or not those to what was asked. */
  | "confused"
  /** It said so: 421. What it was sent behind that it has not taken (RFC 5321 section 3.8). */
  | "closing"
  /** We have ended it. */
  | "ended"
  /** It will not have us, for now. */
  | "refused"
  /** It will not have our user and password: no other address of it will. */
  | "login"
  /** The session could not be encrypted. */
  | "tls";

/** The session cannot go on. `message` is a sentence for people, `status` an RFC 3463 code. */
export class SmtpError extends Error {
  override name = "SmtpError";
  readonly status: string;
  readonly fault: SmtpFault;

  constructor(
    message: string,
    { status, fault, ...options }: ErrorOptions & {
      readonly status: string;
      readonly fault: SmtpFault;
    },
  ) {
    super(message, options);
    this.status = status;
    this.fault = fault;
  }
}
