import { asciiDomain, asciiDomainPattern } from "../../formats/domain.ts";
import type { AuthorityFiles } from "../authority_files.ts";
import type { Config, LinkSettings, PathSettings } from "../config.ts";
import type { SettingValues } from "../settings/all.ts";
import { withoutSlash } from "./paths.ts";
import { robotRoots } from "./robots.ts";

const SMTP_PORT = 25;

type MailPart =
  | "relay"
  | "relayConnections"
  | "hostConnections"
  | "popfetch"
  | "pickup"
  | "domains"
  | "relayRules"
  | "robots"
  | "allowDuplicates"
  | "suspendedDomains"
  | "atrnRules"
  | "etrnFarm"
  | "retry"
  | "notices";

/** Where mail comes from and where it goes. */
export function mailSettings(
  values: SettingValues,
  paths: PathSettings,
  { certs }: Pick<AuthorityFiles, "certs">,
): Pick<Config, MailPart> {
  const [main = "", ...others] = values.host_domain;
  const vdomains = values.vdomain.map(({ domain }) => domain);
  const synonyms = [...new Set(others)].filter((name) => name !== main);
  return {
    relay: relayOptions(values, { ownNames: [main, ...synonyms], hostname: main, caCerts: certs }),
    relayConnections: values.relay_connections,
    hostConnections: values.relay_host_connections,
    popfetch: {
      accounts: values.pf_user,
      header: values.pf_header?.replace(/:$/, "") ?? "",
      domain: values.pf_domain ?? "",
      defaultAddress: values.pf_dflt_address ?? "",
      maxDuds: values.pf_max_duds,
      retryDelayMs: values.pf_retry_delay,
      workPath: paths.work,
      hostname: main,
    },
    pickup: {
      directory: values.spool_dir && withoutSlash(values.spool_dir),
      hostname: main,
      maxMessageOctets: values.max_message_size,
      timezone: values.timezone ?? "",
    },
    domains: {
      main,
      synonyms,
      vdomains: values.vdomain,
      all: [...new Set([main, ...synonyms, ...vdomains])],
      sysadmin: values.sysadmin ?? "",
    },
    relayRules: {
      relayTo: values.relay_to.map(asciiDomainPattern),
      forwardFromIp: values.forward_from_ip.flat(),
      forwardFrom: values.forward_from.map(asciiDomainPattern),
      forwardUser: values.forward_user.flat(),
    },
    robots: {
      defaultUser: values.robot_defaultuser,
      roots: robotRoots(values),
      timeoutMs: values.robot_timeout,
      programPath: paths.dsmtp,
    },
    allowDuplicates: values.allowdup,
    suspendedDomains: values.suspend_domain.map(asciiDomainPattern),
    atrnRules: values.atrn_domain.map(inAscii),
    etrnFarm: values.etrn_relay.flat(),
    retry: {
      everyMs: values.retry_interval,
      maxMs: values.max_retrytime,
      delayNoticeMs: values.delay_notice,
    },
    notices: {
      hostname: asciiDomain(main),
      wholeMessage: values.bounce_body,
      maxOctets: values.bounce_maxlen,
      tellsPostmaster: values.double_bounce,
      timezone: values.timezone ?? "",
    },
  };
}

/** How mail is handed to other servers. */
function relayOptions(
  values: SettingValues,
  own: Pick<Config["relay"], "hostname" | "ownNames" | "caCerts">,
): Config["relay"] {
  return {
    ...own,
    gateways: values.gateway.map(inAscii),
    proxies: values.proxy_domain.map(inAscii),
    logins: values.gateway_auth.map(inAscii),
    tls: values.gateway_tls.map(inAscii),
    connectTimeoutMs: values.connect_timeout,
    nameServer: values.dns_host,
    dnsTimeoutMs: values.dns_timeout,
  };
}

/** A rule about domains, as they are called in DNS. */
function inAscii<Rule extends { readonly domain: string }>(rule: Rule): Rule {
  return { ...rule, domain: asciiDomainPattern(rule.domain) };
}

/** The line to the world. */
export function linkSettings(values: SettingValues): LinkSettings {
  return {
    dialer: {
      up: values.link_up ?? "",
      down: values.link_down ?? "",
      check: values.link_check ?? "",
      timeoutMs: values.ras_timeout,
      ras: values.ras_entry !== undefined || values.ras_number !== undefined,
    },
    plan: { periodMs: values.ras_timer ?? 0, isInterval: values.pf_isinterval },
    lingerMs: values.link_linger,
    upstream: values.ras_smtpip,
    atrn: atrnServer(values),
    windows: values.link_window,
    tariffs: values.link_tariff,
    caps: values.link_cap,
  };
}

/** Where atrn_auth leads. */
function atrnServer({ atrn_auth, ras_smtpip }: SettingValues): LinkSettings["atrn"] {
  if (atrn_auth === undefined) return undefined;
  const { user, password, host, port = SMTP_PORT } = atrn_auth;
  if (host !== undefined) return { user, password, host, port };
  return ras_smtpip && { user, password, ...ras_smtpip };
}
