import type { LinkOptions } from "../agents/dialer/mod.ts";
import type { PickupOptions } from "../agents/pickup/mod.ts";
import type { RobotOptions } from "../agents/mda/mod.ts";
import type { PopfetchOptions } from "../agents/popfetch/mod.ts";
import type { RelayOptions } from "../agents/relay/mod.ts";
import type { BombOptions } from "../domain/bomb/mod.ts";
import type { FooterRule } from "../domain/footer/mod.ts";
import type { GuardOptions } from "../domain/guard/mod.ts";
import type { NoticeOptions, RetryPolicy } from "../domain/queue/mod.ts";
import type { CallPlan } from "../domain/schedule/mod.ts";
import type { Alias } from "../formats/alias_file.ts";
import type { FilterRule } from "../formats/filter_file.ts";
import type { IpList } from "../formats/ip_list.ts";
import type { WildcardList } from "../formats/wildcard.ts";
import type { Endpoint, LogLevel } from "../platform/mod.ts";
import type { HttpdOptions } from "../servers/httpd/mod.ts";
import type { Pop3dOptions } from "../servers/pop3d/mod.ts";
import type { SmtpdOptions } from "../servers/smtpd/mod.ts";
import type { MaildropLayout, MaildropLimits } from "../store/mod.ts";
import type { SettingName, SettingValue } from "./settings/all.ts";
import type { AtrnRule } from "./types/atrn.ts";
import type { LineCap, Tariff, TimeWindow } from "./types/line_rules.ts";
import type { VirtualDomain } from "./types/people.ts";
import type { FallbackAddress, ForwardRule } from "./types/rules.ts";

/**
 * All that `dmail.conf` says, checked and frozen. It never changes: a reload makes another one, and
 * who holds this one may go on with it.
 */
export interface Config {
  /** The main file, as it was named. */
  readonly path: string;
  /** Every file that was read, the main one first. */
  readonly files: readonly string[];
  /** The value of one setting, or its default. */
  value<N extends SettingName>(name: N): SettingValue<N>;
  /** A setting by its name or alias, whatever the case, for `tellsmtp config`. */
  setting(name: string): SettingReport | undefined;
  /** All settings, in the order of the reference. */
  readonly settings: readonly SettingReport[];

  readonly smtpd: SmtpdOptions;
  readonly pop3d: Pop3dOptions;
  /** `undefined` without http_port: there is no page. */
  readonly httpd: HttpdOptions | undefined;
  readonly relay: RelayOptions;
  /** relay_connections: how many next hosts mail goes to at once. */
  readonly relayConnections: number;
  /** relay_host_connections: over how many connections it goes to one of them, if much waits. */
  readonly hostConnections: number;
  readonly popfetch: PopfetchOptions;
  readonly pickup: PickupOptions;

  readonly logs: LogSettings;
  readonly listen: ListenSettings;
  readonly paths: PathSettings;
  readonly domains: DomainSettings;
  readonly relayRules: RelayRules;
  readonly content: ContentSettings;
  readonly forwarding: ForwardingSettings;
  readonly robots: RobotOptions;
  /** allowdup: a maildrop gets a message once for each recipient that leads there. */
  readonly allowDuplicates: boolean;
  /** suspend_domain (S21): domains in ASCII, with wildcards, whose mail waits for ETRN. */
  readonly suspendedDomains: readonly string[];
  /** atrn_domain: who gets which mail by ATRN; the domains in ASCII. */
  readonly atrnRules: readonly AtrnRule[];
  /** etrn_relay (S22): the other servers that are told of an ETRN. */
  readonly etrnFarm: readonly Endpoint[];
  readonly retry: RetryPolicy;
  readonly notices: NoticeOptions;
  readonly link: LinkSettings;
  readonly accounts: AccountSettings;
  readonly mailboxes: MailboxSettings;
  readonly access: AccessSettings;
  readonly guard: GuardOptions;
}

/** What a setting is at the moment, and who says so. Passwords are hidden. */
export interface SettingReport {
  readonly name: SettingName;
  /** As written, a line each if there are several; empty if nothing is set and there is no default. */
  readonly text: string;
  /** `file:line` of each line, or `default`. */
  readonly source: string;
}

/** Logs (S44, S45, A22); fits `openLogs()`. */
export interface LogSettings {
  readonly directory: string;
  readonly level: LogLevel;
  readonly maxOctets: number;
}

/** Where to listen; port 0 takes a free one. A list is empty if that server is off. */
export interface ListenSettings {
  readonly smtp: readonly Endpoint[];
  readonly submission: readonly Endpoint[];
  readonly smtps: readonly Endpoint[];
  readonly odmr: readonly Endpoint[];
  readonly pop: readonly Endpoint[];
  readonly pops: readonly Endpoint[];
  readonly http: Endpoint | undefined;
  readonly manager: readonly Endpoint[];
}

/** Directories, whole paths without a slash at the end. */
export interface PathSettings {
  readonly work: string;
  readonly drop: string;
  readonly bin: string;
  readonly dsmtp: string;
  readonly log: string;
  /** `undefined`: no statistics. */
  readonly stats: string | undefined;
}

/** The domains that are ours, in lower case. */
export interface DomainSettings {
  readonly main: string;
  /** Other names of the main domain: the same users. */
  readonly synonyms: readonly string[];
  readonly vdomains: readonly VirtualDomain[];
  /** Main domain, synonyms and virtual domains, each once: what ETRN asks for (B10). */
  readonly all: readonly string[];
  /** The administrator, who gets the mail for postmaster; empty if none is named. */
  readonly sysadmin: string;
}

/** Who may send to the world. Nobody may whom no rule names. */
export interface RelayRules {
  /** Domains, with wildcards, that mail is taken for from everybody. */
  readonly relayTo: readonly string[];
  /** A permissive list; empty if nobody may by address. */
  readonly forwardFromIp: IpList;
  /** Domains of senders, with wildcards. */
  readonly forwardFrom: readonly string[];
  /** Users who logged in; empty if none. */
  readonly forwardUser: WildcardList;
}

/** Where mail is redirected to. */
export interface ForwardingSettings {
  readonly forward: readonly ForwardRule[];
  readonly forwardCc: readonly ForwardRule[];
  /** `alias` lines, of the main domain. */
  readonly alias: readonly ForwardRule[];
  /** `alias_file_domain` lines (S48), in order; the domain may have wildcards. */
  readonly aliasFilesOfDomains: readonly {
    readonly domain: string;
    readonly file: AliasFileContent;
  }[];
  /** `alias_file`, of all local domains. */
  readonly aliasFile: AliasFileContent | undefined;
  readonly aliasFallthrough: boolean;
  readonly fallbackAddresses: readonly FallbackAddress[];
  /** Whether `.forward` files count: users are the system's, and no_dotforward is false (B17). */
  readonly dotForward: boolean;
  /** Whether recipient chains are logged (S14). */
  readonly logChain: boolean;
}

/** An alias file as it was when the configuration was read. */
export interface AliasFileContent {
  readonly path: string;
  readonly aliases: readonly Alias[];
}

/** What is looked for in messages, and what is changed in them. */
export interface ContentSettings {
  /** msg_filter (S16). */
  readonly filterRules: readonly FilterRule[];
  /** add_footer. */
  readonly footers: readonly FooterRule[];
  readonly bombs: BombOptions;
  /** rcpt_header (B12); empty for none. */
  readonly recipientHeader: string;
}

/** The line. */
export interface LinkSettings {
  readonly dialer: LinkOptions;
  readonly plan: CallPlan;
  readonly lingerMs: number;
  /** The upstream server that gets ETRN (ras_smtpip). */
  readonly upstream: Endpoint | undefined;
  /** The server that is asked by ATRN (atrn_auth), and who we are there. */
  readonly atrn: (Endpoint & { readonly user: string; readonly password: string }) | undefined;
  /** Empty: at any time. */
  readonly windows: readonly TimeWindow[];
  readonly tariffs: readonly Tariff[];
  readonly caps: readonly LineCap[];
}

/** Where users are looked up. */
export interface AccountSettings {
  /** Directory of nwauth.txt. */
  readonly nwauthPath: string;
  /** 0 remembers no logins. */
  readonly cacheEntries: number;
  /** Users are looked up as user@domain (S5). */
  readonly withDomain: boolean;
}

/** How mailboxes are kept. */
export interface MailboxSettings {
  /** hash_spool, drop_path and all else that says where they are. */
  readonly layout: MaildropLayout;
  /** drop_max and user_quota. */
  readonly limits: MaildropLimits;
  /** A mailbox file is written anew when less than this share of it is wanted. */
  readonly binFull: number;
  /** Users whose mail goes back to the drop file; empty if none. */
  readonly dropUsers: WildcardList;
  /** Space that is left free on the disks of queue and drop files. */
  readonly minSpaceOctets: number;
}

/** Who may connect. */
export interface AccessSettings {
  /** Restrictive list: who may give commands. */
  readonly managerIpAddress: IpList;
  /** Restrictive list: who may read mail; `undefined` for everybody. */
  readonly userIpAddress: IpList | undefined;
  /** Permissive list; empty if it names nobody. */
  readonly noLimit: IpList;
}
