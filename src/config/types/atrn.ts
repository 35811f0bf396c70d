/** Types of rules about mail that is handed out by ATRN: atrn_domain, atrn_auth. */
import type { ValueType } from "../setting.ts";
import { fields, maskWords } from "./fields.ts";
import { domain, parseHostPort } from "./names.ts";

/** One `atrn_domain` line: who may get the mail for a domain by ATRN. */
export interface AtrnRule {
  /** In lower case. */
  readonly domain: string;
  /** Users of this server, in lower case. */
  readonly users: readonly string[];
  /** Their password for CRAM-MD5; `undefined`: they do not log in by that. */
  readonly secret: string | undefined;
}

/** The `atrn_auth` line: who we are where our mail waits. */
export interface AtrnLogin {
  readonly user: string;
  readonly password: string;
  /** `undefined`: the server of ras_smtpip. */
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** `<domain> <user>[,<user>…] [<secret>]`. */
export const atrnRule: ValueType<AtrnRule> = {
  syntax: "<domain> <user>[,<user>…] [<secret>]",
  comments: "own",
  mask: maskWords((index) => index < 2),
  parse(text, warn) {
    const usage = 'a domain and the users that get its mail, as in "atrn_domain branch.example ' +
      'branch"';
    const words = fields(text, { min: 2, max: 3, usage, commentFrom: 2 });
    const [of, names, secret] = words as [string, string, string | undefined];
    const users = names.toLowerCase().split(",");
    if (users.includes("")) throw new SyntaxError(`write ${usage}`);
    return { domain: domain.parse(of, warn), users, secret };
  },
};

/** `<user> <password> [<host[:port]>]`. */
export const atrnLogin: ValueType<AtrnLogin> = {
  syntax: "<user> <password> [<host[:port]>]",
  comments: "own",
  mask: maskWords((index) => index !== 1),
  parse(text) {
    const usage = "user and password, and the host if it is not that of ras_smtpip, as in " +
      '"atrn_auth branch password hub.example:366"; a password with blanks stands in double quotes';
    const words = fields(text, { min: 2, max: 3, usage, commentFrom: 2 });
    const [user, password, at] = words as [string, string, string | undefined];
    const { host, port } = at === undefined
      ? { host: undefined, port: undefined }
      : parseHostPort(at);
    return { user, password, host, port };
  },
};
