import { splitAddress } from "../../formats/address.ts";
import { asciiDomainPattern } from "../../formats/domain.ts";
import type { WildcardElement } from "../../formats/wildcard.ts";
import type { PolicyOptions } from "../../servers/smtpd/mod.ts";
import type { Config, ListenSettings } from "../config.ts";
import type { SettingValues } from "../settings/all.ts";

/** What listens, and for whom. */
export function serverSettings(
  values: SettingValues,
  version: string,
): Pick<Config, "smtpd" | "pop3d" | "httpd" | "listen" | "access" | "guard"> {
  const hostname = values.host_domain[0] ?? "";
  const listen = listenSettings(values);
  return {
    listen,
    smtpd: {
      hostname,
      version,
      welcome: values.smtp_welcome ?? "",
      maxMessageOctets: values.max_message_size,
      maxRecipients: values.max_rcpts,
      maxSessions: values.smtp_max_sessions,
      idleTimeoutMs: values.smtp_timeout,
      greetDelayMs: values.smtp_greet_delay,
      timezone: values.timezone ?? "",
      policy: policyOptions(values),
    },
    guard: {
      banRule: values.ban_auto,
      noLimit: values.fromip_nolimit.flat(),
      upstream: values.ras_smtpip?.host,
      recentLoginMs: values.pop_before_smtp,
    },
    pop3d: {
      hostname,
      version,
      maxSessions: values.pop_max_sessions,
      idleTimeoutMs: values.pop_timeout,
    },
    httpd: listen.http && { ...listen.http, hostnames: values.host_domain },
    access: {
      managerIpAddress: values.manager_ip_address,
      userIpAddress: values.user_ip_address,
      noLimit: values.fromip_nolimit.flat(),
    },
  };
}

function policyOptions(values: SettingValues): PolicyOptions {
  return {
    banned: values.ban_ip.flat(),
    bannedExcept: values.ban_ip_except.flat(),
    bannedSenders: values.ban_mailfrom.flat().map(inAscii),
    bannedRecipients: values.ban_rcptto.flat().map(inAscii),
    noLimit: values.fromip_nolimit.flat(),
    trusted: values.forward_from_ip.flat(),
    maxMessagesAMinute: values.fromip_max,
    maxSessionsPerAddress: values.smtp_max_per_ip,
    fakeVrfy: values.fake_vrfy,
    hidesAuthAfterPop: values.hide_auth === "recentpop",
    etrnRules: values.etrn_from.map(({ domain, who }) => ({
      domain: asciiDomainPattern(domain),
      who,
    })),
    etrnFarm: values.etrn_relay.flat().map(({ host }) => host),
  };
}

/** A pattern for addresses or domains, in the form that both are compared in. */
function inAscii({ pattern, negated }: WildcardElement): WildcardElement {
  const { local, domain } = splitAddress(pattern);
  return pattern.includes("@")
    ? { pattern: `${local}@${asciiDomainPattern(domain)}`, negated }
    : { pattern: asciiDomainPattern(pattern), negated };
}

function listenSettings(values: SettingValues): ListenSettings {
  const hosts = [...new Set(values.bind_ip.flat())];
  const on = (port: number | undefined) =>
    port === undefined ? [] : hosts.map((host) => ({ host, port }));
  return {
    smtp: on(values.smtp_port),
    submission: on(values.submission_port),
    smtps: on(values.smtps_port),
    odmr: on(values.odmr_port),
    pop: on(values.pop_port),
    pops: on(values.pops_port),
    manager: on(values.manager_port),
    http: values.http_port === undefined
      ? undefined
      : { host: values.http_ip_address, port: values.http_port },
  };
}
