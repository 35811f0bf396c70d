import {
  type Files,
  hashPassword,
  readScryptHash,
  type ScryptHash,
  verifyPassword,
} from "../platform/mod.ts";

/** Longest password file that is read: one hash. */
const MAX_FILE_OCTETS = 4096;

/**
 * The manager password (C7): it guards what the status page and remote commands may set going. Its
 * hash, of Unicode's composed form (RFC 8265 section 4.2.2), is kept in `<work_path>/tellpass.dat`.
 */
export class ManagerPassword {
  readonly #files: Files;
  readonly #path: string;

  constructor(workPath: string, { files }: { files: Files }) {
    this.#files = files;
    this.#path = `${workPath}/tellpass.dat`;
  }

  /** Sets it. @throws {RangeError} If it is empty. */
  async set(password: string): Promise<void> {
    if (password === "") throw new RangeError("Cannot set an empty manager password");
    const hash = await hashPassword(password.normalize());
    await this.#files.replace(this.#path, new TextEncoder().encode(hash + "\n"));
  }

  /** Whether there is one. */
  async isSet(): Promise<boolean> {
    return await this.#files.stat(this.#path) !== undefined;
  }

  /** Whether one is set and this is it. */
  async check(password: string): Promise<"right" | "wrong" | "not set"> {
    const hash = await this.#stored();
    if (hash === undefined) return "not set";
    return await verifyPassword(password.normalize(), hash) ? "right" : "wrong";
  }

  /** What is stored of it, for the manager's port; `undefined` if there is none, or none readable. */
  async secret(): Promise<ScryptHash | undefined> {
    const hash = await this.#stored();
    return hash === undefined ? undefined : readScryptHash(hash);
  }

  async #stored(): Promise<string | undefined> {
    const bytes = await this.#files.readAll(this.#path, MAX_FILE_OCTETS);
    return bytes && new TextDecoder().decode(bytes).trim();
  }
}
