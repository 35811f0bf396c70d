/**
 * Programs that submit mail by SMTP.
 *
 * @module
 */
import { EMPTY_BODY, NO_BODY, NOTHING_BUT_DOTS } from "./mail_shapes.ts";
import { run } from "./peers.ts";

/** What is submitted, and to whom. */
export interface Submission {
  readonly port: number;
  readonly from: string;
  readonly to: readonly string[];
  /** CRLF line ends. */
  readonly message: Uint8Array;
}

/** A program that submits mail. */
export interface SmtpClient {
  readonly name: string;
  /** The programs it needs, for `installed()`. */
  readonly programs: readonly string[];
  /** Submits one message. `directory` is the client's own. */
  submit(submission: Submission, directory: string): Promise<SubmitResult>;
  /** Shapes of mail that it spoils before it sends them. */
  readonly cannotSend: readonly string[];
}

/** How a submission ended. */
export interface SubmitResult {
  readonly ok: boolean;
  /** What the program wrote about it, with the server's replies. */
  readonly output: string;
}

/**
 * swaks: pipelines nothing, shows the whole dialogue. It puts a line end behind the file, always
 * sends a body, and takes a last line of a lone dot for the end of DATA.
 */
const swaks: SmtpClient = {
  name: "swaks",
  programs: ["swaks"],
  async submit({ port, from, to, message }, directory) {
    const path = `${directory}/swaks.eml`;
    await Deno.writeFile(path, message.subarray(0, -"\r\n".length));
    const { code, stdout, stderr } = await run("swaks", [
      ...["--server", `127.0.0.1:${port}`, "--from", from, "--to", to.join(",")],
      ...["--data", `@${path}`],
    ]);
    return { ok: code === 0, output: stdout + stderr };
  },
  cannotSend: [NOTHING_BUT_DOTS, EMPTY_BODY, NO_BODY],
};

/** Python's smtplib. */
const smtplib: SmtpClient = {
  name: "smtplib",
  programs: ["python3"],
  async submit({ port, from, to, message }, directory) {
    const path = `${directory}/smtplib.eml`;
    await Deno.writeFile(path, message);
    const settings = JSON.stringify({ port, from, to, path });
    const { code, stderr } = await run("python3", ["-c", SMTPLIB_SCRIPT], { stdin: settings });
    return { ok: code === 0, output: stderr };
  },
  cannotSend: [],
};

const SMTPLIB_SCRIPT = `
import json, smtplib, sys
s = json.load(sys.stdin)
with open(s["path"], "rb") as file:
    message = file.read()
with smtplib.SMTP("127.0.0.1", s["port"], timeout=60) as server:
    refused = server.sendmail(s["from"], s["to"], message)
    assert not refused, refused
`;

/** curl: sends a file as it is. */
const curl: SmtpClient = {
  name: "curl",
  programs: ["curl"],
  async submit({ port, from, to, message }, directory) {
    const path = `${directory}/curl.eml`;
    await Deno.writeFile(path, message);
    const { code, stdout, stderr } = await run("curl", [
      ...["-sS", "-v", `smtp://127.0.0.1:${port}/client.example`, "--mail-from", from],
      ...to.flatMap((address) => ["--mail-rcpt", address]),
      ...["--upload-file", path],
    ]);
    return { ok: code === 0, output: stdout + stderr };
  },
  cannotSend: [],
};

/** All clients that are known. */
export const SMTP_CLIENTS: readonly SmtpClient[] = [swaks, smtplib, curl];
