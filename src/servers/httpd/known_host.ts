import { isIpAddress } from "../../formats/ip_address.ts";

/**
 * Endings that no public name server answers for: RFC 6761, RFC 6762 and RFC 8375; ICANN keeps
 * `internal` out of the root, and `lan`, which routers hand out, is not in it either.
 */
const LOCAL_ENDINGS = [".localhost", ".local", ".home.arpa", ".internal", ".lan"];

/**
 * Whether a browser may call the page by this name. A stranger's web site could point a name of its
 * own at our address (DNS rebinding) and then read the page as if it were its own.
 *
 * Addresses, names without a dot and local names cannot be a stranger's; `hostnames` are ours, and
 * so is what lies below them.
 */
export function isKnownHost(hostname: string, hostnames: readonly string[]): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  if (isIpAddress(name.replace(/^\[(.*)\]$/, "$1")) || !name.includes(".")) return true;
  return LOCAL_ENDINGS.some((ending) => name.endsWith(ending)) ||
    hostnames.map((own) => own.toLowerCase())
      .some((own) => own !== "" && (name === own || name.endsWith(`.${own}`)));
}
