import type { DeliveryAgent, Outcome } from "../../domain/queue/mod.ts";
import { isAbsolutePathOn } from "../../formats/absolute_path.ts";
import type { Clock, Log, Machine } from "../../platform/mod.ts";
import { type Maildrops, type MailFiles, NotAMailFileError } from "../../store/mod.ts";
import { deliverAll, type Target } from "./batch.ts";
import { maildropOf, type MdaOptions } from "./mda.ts";

/** What the agent for files is made of. */
export interface FileAgentOptions {
  readonly mailFiles: MailFiles;
  readonly maildrops: Pick<Maildrops, "userAt"> & MdaOptions["maildrops"];
  readonly ownerOf: MdaOptions["ownerOf"];
  readonly machine: Pick<Machine, "os">;
  readonly clock: Clock;
  readonly log: Log;
}

/** The rule is wrong, and stays so until somebody changes it. */
const NO_FILE: Outcome = {
  kind: "permanent",
  status: "5.3.5",
  reason: "The mail server cannot keep mail for this address",
};

/**
 * Appends to files that rules name (B18): a lane is a file, and a batch costs one sync of it. The
 * drop file of a user is written as such: two who wrote it, each his own way, would mix the mail.
 */
export function createFileAgent(options: FileAgentOptions): DeliveryAgent {
  return {
    laneOf(destination) {
      if (destination.kind !== "file") throw new TypeError(`Not a file: ${destination.kind}`);
      return destination.path;
    },
    async deliver(path, jobs, settle, signal) {
      const user = options.maildrops.userAt(path);
      const target = user === undefined ? fileAt(path, options) : maildropOf(user, options);
      await deliverAll(target, jobs, { ...options, settle }, signal);
    },
  };
}

function fileAt(path: string, { mailFiles, machine }: FileAgentOptions): Target {
  return {
    fields: { file: path },
    has: (deliveryId) => mailFiles.wasAppended(path, deliveryId),
    write(messages) {
      if (isAbsolutePathOn(machine.os, path)) return mailFiles.append(path, messages);
      return Promise.reject(new NotAMailFileError(`Cannot write ${path}: not a whole path here`));
    },
    failure: (error) => error instanceof NotAMailFileError ? NO_FILE : undefined,
  };
}
