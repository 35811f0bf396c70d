/** Types of values about accounts: pf_user, vdomain, robots, quotas. */
import { isIpAddress } from "../../formats/ip_address.ts";
import type { RobotUser } from "../../agents/mda/mod.ts";
import type { FetchAccount } from "../../agents/popfetch/mod.ts";
import type { ValueType } from "../setting.ts";
import { fields, maskWords, options } from "./fields.ts";
import { parseSize } from "./measures.ts";
import { address, domain, parseHostPort, path } from "./names.ts";
import { boolean } from "./plain.ts";

/** A `vdomain` line (S40). */
export interface VirtualDomain {
  /** Put before user names, with vdomain_separator between. */
  readonly prefix: string;
  /** What a user must do to be of this domain. */
  readonly match:
    /** Connect to this address of ours. */
    | { readonly kind: "ip"; readonly address: string }
    /** Log in as `user/suffix` or `user@suffix`; the mark is part of the suffix. */
    | { readonly kind: "suffix"; readonly suffix: string };
  readonly domain: string;
  readonly dropPath: string;
}

/** Whether quotas are kept, and the quota of users without one of their own (S37). */
export interface UserQuota {
  readonly enabled: boolean;
  readonly octets: number | undefined;
}

/** RFC 1939 section 3 and RFC 8314 section 3.3. */
const POP3_PORT = 110;
const POP3S_PORT = 995;

/** Longest time that fetched messages may be left on the server, in days. */
const MAX_KEEP_DAYS = 3650;

const PF_USER_USAGE =
  'user, password and host, as in "pf_user office secret pop.provider.example ' +
  'tls=pop3s"; a password with blanks stands in double quotes';

/** `<user> <password> <host[:port]> [tls=…] [keep=…] [to=…] [max=…]` (S51). */
export const popAccount: ValueType<FetchAccount> = {
  syntax: "<user> <password> <host[:port]> [tls=pop3s|stls|none] [keep=<days>] [to=<address>] " +
    "[max=<size>]",
  comments: "own",
  mask: maskWords((index) => index !== 1),
  parse(text, warn) {
    const words = fields(text, { min: 3, max: 7, usage: PF_USER_USAGE, commentFrom: 3 });
    const [user, password, server, ...rest] = words as [string, string, string, ...string[]];
    const { host, port } = parseHostPort(server);
    const extra = options(rest, ["tls", "keep", "to", "max"]);
    const tls = extra.tls === undefined ? tlsFor(host, port, warn) : parseTls(extra.tls);
    return {
      user,
      password,
      host,
      port: port ?? (tls === "pop3s" ? POP3S_PORT : POP3_PORT),
      tls,
      keepDays: parseKeep(extra.keep),
      ...(extra.to === undefined ? {} : { to: address.parse(extra.to, warn) }),
      maxOctets: parseMax(extra.max),
    };
  },
};

/** `<prefix> <ip | /suffix | @suffix> <domain> <drop path>`. */
export const virtualDomain: ValueType<VirtualDomain> = {
  syntax: "<prefix> <ip|/suffix|@suffix> <domain> <drop path>",
  comments: "own",
  parse(text, warn) {
    const usage = "prefix, address or /suffix, domain and drop path, as in " +
      '"vdomain abc /xdom office.example /var/spool/dmail/abc"';
    const words = fields(text, { min: 4, max: 4, usage, commentFrom: 4 });
    const [prefix, key, name, dropPath] = words as [string, string, string, string];
    if (!/^[\w-]{1,32}$/.test(prefix)) {
      throw new SyntaxError(`write the prefix in letters and digits: ${usage}`);
    }
    return {
      prefix,
      match: parseMatch(key, usage),
      domain: domain.parse(name, warn),
      dropPath: path.parse(dropPath, warn),
    };
  },
};

/** A character that may stand within the name of a user and of a file (S42). */
export const nameSeparator: ValueType<string> = {
  syntax: "<character>",
  comments: "strip",
  parse(text) {
    if (!/^[_.+=~-]$/.test(text)) throw new SyntaxError("write one of _ - . + = ~");
    return text;
  },
};

/** `<user> [<password>]`, or `-1`. */
export const robotUser: ValueType<RobotUser> = {
  syntax: "<user> [<password>]|-1",
  comments: "own",
  mask: maskWords((index) => index === 0),
  parse(text) {
    const usage = 'a user without privileges, as in "robot_defaultuser nobody", or -1 for none';
    const words = fields(text, { min: 1, max: 2, usage, commentFrom: 1 });
    const [user, password] = words as [string, string | undefined];
    if (user === "-1") return { kind: "nobody" };
    // Robots read what strangers send; whoever they run as must have nothing to lose.
    if (user === "root" || user === "0") {
      throw new SyntaxError(`robots never run as root: write ${usage}`);
    }
    return { kind: "user", user, ...(password === undefined ? {} : { password }) };
  },
};

/** `true`, `false`, or the quota of everybody who has none of their own. */
export const userQuota: ValueType<UserQuota> = {
  syntax: "true|false|<size>",
  comments: "strip",
  parse(text, warn) {
    const octets = /^[01]$/.test(text) ? undefined : parseSize(text);
    if (octets !== undefined) return { enabled: true, octets };
    if (!/^([01]|true|false|yes|no|on|off)$/i.test(text)) {
      throw new SyntaxError("write true, false or a size as in 100MB");
    }
    return { enabled: boolean.parse(text, warn), octets: undefined };
  },
};

/** Without `tls=` the documents' plain session is meant, but the password is worth a warning. */
function tlsFor(
  host: string,
  port: number | undefined,
  warn: (message: string) => void,
): FetchAccount["tls"] {
  if (port === POP3S_PORT) return "pop3s";
  if (!/^(127\.|::1$|localhost$)/i.test(host)) {
    warn(
      `the password for ${host} crosses the line unprotected; ` +
        "write tls=pop3s or tls=stls behind it, or tls=none if the server can do neither",
    );
  }
  return "none";
}

function parseTls(text: string): FetchAccount["tls"] {
  const found = (["pop3s", "stls", "none"] as const).find((known) => known === text.toLowerCase());
  if (found === undefined) throw new SyntaxError("write tls=pop3s, tls=stls or tls=none");
  return found;
}

function parseKeep(text = "0"): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (!(days <= MAX_KEEP_DAYS)) {
    throw new SyntaxError(
      `write the days to keep mail on the server, as in keep=7, to ${MAX_KEEP_DAYS}`,
    );
  }
  return days;
}

function parseMax(text = "0"): number {
  const octets = parseSize(text);
  if (octets === undefined) {
    throw new SyntaxError("write the largest size to collect, as in max=500k");
  }
  return octets;
}

function parseMatch(key: string, usage: string): VirtualDomain["match"] {
  if (isIpAddress(key)) return { kind: "ip", address: key };
  if (/^[/@][^\s/@]{1,255}$/.test(key)) return { kind: "suffix", suffix: key.toLowerCase() };
  throw new SyntaxError(`write ${usage}`);
}
