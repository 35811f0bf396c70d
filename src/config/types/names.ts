/** Types of values that name something: domains, hosts, addresses, files. */
import { isAbsolutePath } from "../../formats/absolute_path.ts";
import { parseAddress } from "../../formats/address.ts";
import { isIpAddress } from "../../formats/ip_address.ts";
import { DNS_PORT, type Endpoint } from "../../platform/mod.ts";
import type { ValueType } from "../setting.ts";
import { unquote } from "./plain.ts";

/** RFC 1035 section 2.3.4, in the letters of RFC 5890 and with the underscore that people use. */
const DOMAIN =
  /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?(?:\.[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?)*$/u;

/** A domain, in lower case. */
export const domain: ValueType<string> = {
  syntax: "<domain>",
  comments: "strip",
  parse(text) {
    if (!isDomain(text)) throw new SyntaxError("write a domain, as in office.example");
    return text.toLowerCase();
  },
};

/** A domain in which `*` and `?` are wildcards, in lower case. */
export const domainPattern: ValueType<string> = {
  syntax: "<domain|*>",
  comments: "strip",
  parse(text) {
    if (!isDomain(text.replace(/[*?]/g, "x"))) {
      throw new SyntaxError("write a domain, as in office.example, *.example or *");
    }
    return text.toLowerCase();
  },
};

/** A mail address `local@domain`. */
export const address: ValueType<string> = {
  syntax: "<address>",
  comments: "strip",
  parse(text) {
    try {
      return parseAddress(text);
    } catch {
      throw new SyntaxError("write a mail address, as in anna@office.example");
    }
  },
};

/** One IPv4 or IPv6 address. */
export const ipAddress: ValueType<string> = {
  syntax: "<ip address>",
  comments: "strip",
  parse(text) {
    if (!isIpAddress(text)) throw new SyntaxError("write an IP address, as in 192.168.1.1");
    return text;
  },
};

/** A DNS server: its IP address, and a port if it is not the usual one. */
export const dnsServer: ValueType<Endpoint> = {
  syntax: "<ip address[:port]>",
  comments: "strip",
  parse(text) {
    const { host, port = DNS_PORT } = parseHostPort(text);
    if (!isIpAddress(host)) {
      throw new SyntaxError("write the IP address of a DNS server, as in 192.168.1.1");
    }
    return { host, port };
  },
};

/** A host by name or address, and a port: `mail.example`, `1.2.3.4:1025`, `[fd00::1]:25`. */
export function hostPort(defaultPort: number): ValueType<Endpoint> {
  return {
    syntax: "<host[:port]>",
    comments: "strip",
    parse(text) {
      const { host, port } = parseHostPort(text);
      return { host, port: port ?? defaultPort };
    },
  };
}

/**
 * Divides `host[:port]`; an IPv6 address with a port stands in brackets.
 *
 * @throws {SyntaxError} If it is neither a name nor an address, or the port is not one.
 */
export function parseHostPort(
  text: string,
): { readonly host: string; readonly port: number | undefined } {
  const found = /^(?:\[([\da-f:.]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = isIpAddress(text) ? text : found?.[1] ?? found?.[2];
  const port = isIpAddress(text) || found?.[3] === undefined ? undefined : Number(found[3]);
  if (host === undefined || !isHost(host) || (port !== undefined && (port < 1 || port > 65535))) {
    throw new SyntaxError(
      "write a host, with a port if need be, as in mail.example or 1.2.3.4:1025",
    );
  }
  return { host, port };
}

/** A file or directory, its whole path: `/var/spool/mail`, `c:\dmail\in`, `\\server\mail`. */
export const path: ValueType<string> = {
  syntax: "<path>",
  comments: "strip",
  parse(text) {
    const value = unquote(text);
    if (!isAbsolutePath(value)) {
      throw new SyntaxError("write the whole path, as in /var/spool/dmail or c:\\dmail");
    }
    return value;
  },
};

/** A file or directory; one that is not a whole path is below another directory. */
export const relativePath: ValueType<string> = {
  syntax: "<path>",
  comments: "strip",
  parse: unquote,
};

/** An address of a directory or database, `scheme://…`, with one of `schemes`. */
export function url(...schemes: readonly string[]): ValueType<string> {
  return {
    syntax: `<${schemes[0]}://…>`,
    comments: "strip",
    parse(text) {
      const scheme = /^([a-z][a-z\d+.-]*):\/\/./i.exec(text)?.[1]?.toLowerCase();
      if (scheme === undefined || !schemes.includes(scheme) || !URL.canParse(text)) {
        throw new SyntaxError(`write an address that begins with ${schemes.join(":// or ")}://`);
      }
      return text;
    },
  };
}

/** Whether `text` is a domain, of one label or more. */
function isDomain(text: string): boolean {
  return DOMAIN.test(text);
}

/** A name, or an address; never a mistyped address such as `1..2.3.4`. */
function isHost(text: string): boolean {
  return isIpAddress(text) || (isDomain(text) && !/^[\d.]+$/.test(text));
}
