/** Types of rules about the way mail takes to other servers: gateway, proxy. */
import type { Gateway, GatewayLogin, GatewayTls, Proxy } from "../../agents/relay/mod.ts";
import type { ValueType } from "../setting.ts";
import { exactly, fields, maskWords } from "./fields.ts";
import { domainPattern, parseHostPort } from "./names.ts";

/** The port of telnet, which proxies of proxy_domain's time listened on (000:1664-1676). */
const TELNET_PORT = 23;

/** `<domain|*> <host[:port]>`. */
export const gateway: ValueType<Gateway> = {
  syntax: "<domain|*> <host[:port]>",
  comments: "own",
  parse(text, warn) {
    const usage = 'a domain or * and a host, as in "gateway * smtp.provider.example:25"';
    const [of, to] = fields(text, exactly(2, usage)) as [string, string];
    const { host, port = 25 } = parseHostPort(to);
    return { domain: domainPattern.parse(of, warn), host, port };
  },
};

/** `<domain|*> <user> <password>`. */
export const gatewayLogin: ValueType<GatewayLogin> = {
  syntax: "<domain|*> <user> <password>",
  comments: "own",
  mask: maskWords((index) => index < 2),
  parse(text, warn) {
    const usage = 'domain, user and password, as in "gateway_auth * office password"; ' +
      "a password with blanks stands in double quotes";
    const [of, user, password] = fields(text, exactly(3, usage)) as [string, string, string];
    return { domain: domainPattern.parse(of, warn), user, password };
  },
};

/** `<domain|*> none|may|must`. */
export const gatewayTls: ValueType<GatewayTls> = {
  syntax: "<domain|*> none|may|must",
  comments: "own",
  parse(text, warn) {
    const usage = 'a domain or * and none, may or must, as in "gateway_tls * must"';
    const [of, how] = fields(text, exactly(2, usage)) as [string, string];
    const tls = (["none", "may", "must"] as const).find((known) => known === how.toLowerCase());
    if (tls === undefined) throw new SyntaxError(`write ${usage}`);
    return { domain: domainPattern.parse(of, warn), tls };
  },
};

/** `<domain|*> <host[:port]> <request>`. */
export const proxyRule: ValueType<Proxy> = {
  syntax: "<domain|*> <host[:port]> <request>",
  comments: "own",
  parse(text, warn) {
    const usage = 'a domain, the proxy and its request, as in "proxy_domain * 1.2.3.4:23 $IP:25"';
    const words = fields(text, { min: 3, max: 64, usage, commentFrom: 3 });
    const [of, to, ...request] = words as [string, string, ...string[]];
    const { host, port = TELNET_PORT } = parseHostPort(to);
    return { domain: domainPattern.parse(of, warn), host, port, request: request.join(" ") };
  },
};
