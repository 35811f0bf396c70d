import { ENVELOPE_FIELDS } from "../../agents/pickup/mod.ts";
import { readHeader, withoutFields } from "../../formats/header.ts";
import type { World } from "../world.ts";
import type { SubmittedMail } from "./submission.ts";

/** The server may run as another user of the directory's group. */
const FILE_MODE = 0o640;

/**
 * Leaves a message for a server that does not run, in the form that it picks up from spool_dir (S32).
 *
 * @returns False if that cannot be done: nothing was read from the message then.
 */
export async function leaveInSpoolDir(
  directory: string | undefined,
  mail: SubmittedMail,
  { files, random }: Pick<World, "files" | "random">,
): Promise<boolean> {
  if (directory === undefined) return false;
  const name = `${random.bytes(16).toHex()}.eml`;
  const staged = `${directory}/.${name}`;
  try {
    await files.create(staged, [], { mode: FILE_MODE });
    await files.remove(staged);
  } catch {
    return false; // Not there, or not ours to write to: the caller is told about the server.
  }
  try {
    await files.create(staged, withEnvelope(mail), { mode: FILE_MODE });
    await files.rename(staged, `${directory}/${name}`);
    return true;
  } catch (error) {
    await files.remove(staged).catch(() => {});
    throw error;
  }
}

async function* withEnvelope({ sender, recipients, body }: SubmittedMail) {
  const lines = [
    `X-Sender: <${sender}>`,
    ...recipients.map((address) => `X-Receiver: ${address}`),
  ];
  yield new TextEncoder().encode(lines.map((line) => line + "\r\n").join(""));
  // What the message says of that itself must not count.
  const { bytes, rest } = await readHeader(body);
  yield withoutFields(bytes, ENVELOPE_FIELDS);
  yield* rest;
}
