import { splitAddress } from "../../formats/address.ts";
import type { RobotIdentity } from "./robot_identity.ts";

/** Where robots that are scripts find their programs. */
const SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * All that a robot finds in its environment: nothing of ours, which may hold secrets. SENDER is
 * empty for a bounce; EXTENSION is what stands behind a `+` in the local part of RECIPIENT. What a
 * shell could take for more than text is a `_` in these: the message tells the true addresses.
 *
 * @param inherited Variables of ours without which no program starts on this system.
 */
export function robotEnvironment({ sender, recipient, identity, inherited }: {
  readonly sender: string;
  readonly recipient: string;
  readonly identity: RobotIdentity;
  readonly inherited: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  const { local, domain } = splitAddress(recipient);
  const [, extension = ""] = /^[^+]+\+(.*)$/s.exec(local) ?? [];
  return {
    ...inherited,
    ...(inherited.PATH === undefined ? { PATH: SEARCH_PATH } : {}),
    HOME: identity.home,
    USER: identity.name,
    LOGNAME: identity.name,
    SENDER: harmless(sender),
    RECIPIENT: harmless(recipient),
    LOCAL: harmless(local),
    EXTENSION: harmless(extension),
    DOMAIN: harmless(domain),
  };
}

/** Postfix lets the same characters through (command_expansion_filter); letters of all languages. */
function harmless(text: string): string {
  return text.replaceAll(/[^\p{L}\p{M}\p{N}!@%_=+:,./-]/gu, "_");
}
