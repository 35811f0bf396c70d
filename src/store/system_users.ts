import { parsePasswd, type SystemUser } from "../formats/passwd.ts";
import type { Files } from "../platform/mod.ts";

/** The users of the system, as `/etc/passwd` says now; none on Windows. */
export interface SystemUsers {
  /**
   * The user with that name or number.
   *
   * @throws Any failure to read the file, but not that there is none.
   */
  find(who: string | number): Promise<SystemUser | undefined>;
}

/** Larger files are no list of a machine's own users. */
const MAX_OCTETS = 4 * 1024 * 1024;

/** Looks users up in a file, which is read anew each time: it is small, and users come and go. */
export function openSystemUsers({ files, path = "/etc/passwd" }: {
  readonly files: Pick<Files, "readAll">;
  readonly path?: string;
}): SystemUsers {
  return {
    async find(who) {
      const bytes = await files.readAll(path, MAX_OCTETS) ?? new Uint8Array(0);
      const users = parsePasswd(new TextDecoder().decode(bytes));
      return users.find(({ name, uid }) => (typeof who === "number" ? uid : name) === who);
    },
  };
}
