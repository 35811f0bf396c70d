import { userInfo } from "node:os";
import process from "node:process";

/** What the program knows of the machine and of how it was called. */
export interface Machine {
  readonly os: "windows" | "unix";
  readonly hostname: string;
  readonly environment: (name: string) => string | undefined;
  /** The user who runs this program; `undefined` if he has no name. */
  readonly userName: () => string | undefined;
  /** IP addresses of its interfaces at the moment, IPv6 without a zone. */
  readonly addresses: () => readonly string[];
}

/** This machine. */
export const systemMachine: Machine = {
  os: Deno.build.os === "windows" ? "windows" : "unix",
  hostname: Deno.hostname(),
  environment: (name) => Deno.env.get(name),
  userName,
  addresses: () => Deno.networkInterfaces().map(({ address }) => address.replace(/%.*$/, "")),
};

function userName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined; // A user number that nobody has given a name.
  }
}

/** The name the program was called by, without path and `.exe`: a link decides what it does. */
export function calledAs(): string {
  // The packed executable runs us from a cache; its first lines hand the name down.
  const name = Deno.env.get("DMAIL_CALLED_AS") ?? process.argv0;
  return name.replace(/^.*[\\/]/, "").replace(/\.exe$/i, "");
}

/** The words behind the program's name. */
export function systemArguments(): readonly string[] {
  return Deno.args;
}
