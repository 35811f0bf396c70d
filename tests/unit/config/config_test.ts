import { deepStrictEqual as assertEquals, strictEqual, throws } from "node:assert/strict";
import { matchesAnyIp, matchesEveryIp } from "../../../src/formats/ip_list.ts";
import { parseConfig } from "../../../src/config/mod.ts";
import { configOf, NEEDED_LINES } from "../../support/config_text.ts";

Deno.test("the least configuration gives every module its defaults", () => {
  const result = parseConfig(NEEDED_LINES.join("\n"), { version: "1.2.3" });
  if (result.kind === "bad") throw new Error("It is bad");
  const { config } = result;
  assertEquals(config.smtpd, {
    hostname: "office.example",
    version: "1.2.3",
    welcome: "",
    maxMessageOctets: 52_428_800,
    maxRecipients: 1000,
    maxSessions: 100,
    idleTimeoutMs: 300_000,
    timezone: "",
    greetDelayMs: 0,
    policy: {
      banned: [],
      bannedExcept: [],
      bannedSenders: [],
      bannedRecipients: [],
      noLimit: [],
      trusted: [],
      maxMessagesAMinute: undefined,
      maxSessionsPerAddress: 50,
      fakeVrfy: undefined,
      hidesAuthAfterPop: false,
      etrnRules: [],
      etrnFarm: [],
    },
  });
  assertEquals(config.guard, {
    banRule: { failures: 20, withinMs: 600_000, banMs: 3_600_000 },
    noLimit: [],
    upstream: undefined,
    recentLoginMs: undefined,
  });
  assertEquals(config.pop3d, {
    hostname: "office.example",
    version: "1.2.3",
    maxSessions: 200,
    idleTimeoutMs: 600_000,
  });
  assertEquals(config.relay, {
    hostname: "office.example",
    ownNames: ["office.example"],
    gateways: [{ domain: "*", host: "smtp.provider.example", port: 25 }],
    proxies: [],
    logins: [],
    tls: [],
    caCerts: [],
    connectTimeoutMs: 60_000,
    nameServer: undefined,
    dnsTimeoutMs: 10_000,
  });
  assertEquals(config.suspendedDomains, []);
  assertEquals(config.atrnRules, []);
  assertEquals(config.popfetch, {
    accounts: [],
    header: "",
    domain: "",
    defaultAddress: "",
    maxDuds: 10,
    retryDelayMs: 40_000,
    workPath: "/srv/dmail/work",
    hostname: "office.example",
  });
  assertEquals(config.listen, {
    smtp: [{ host: "0.0.0.0", port: 25 }],
    submission: [],
    smtps: [],
    odmr: [],
    pop: [{ host: "0.0.0.0", port: 110 }],
    pops: [],
    http: undefined,
    manager: [],
  });
  strictEqual(config.httpd, undefined);
  assertEquals(config.retry, {
    everyMs: 7_200_000,
    maxMs: 172_800_000,
    delayNoticeMs: 0,
  });
  assertEquals(config.logs, { directory: "/srv/dmail/work", level: "info", maxOctets: 1_048_576 });
  assertEquals(config.accounts, {
    nwauthPath: "/srv/dmail/work",
    cacheEntries: 1000,
    withDomain: false,
  });
});

Deno.test("routes to the world are known by the names of DNS", () => {
  const { relay, suspendedDomains } = configOf(
    "gateway B\u00dcCHER.example 10.0.0.1",
    "proxy_domain *.B\u00fccher.example 10.0.0.2 $IP:25",
    "suspend_domain b\u00fccher.example",
    "dns_host 10.0.0.53",
    "dns_timeout 3",
    "host_domain mail.example",
  );
  assertEquals(relay.gateways.map(({ domain }) => domain), ["*", "xn--bcher-kva.example"]);
  assertEquals(relay.proxies, [
    { domain: "*.xn--bcher-kva.example", host: "10.0.0.2", port: 23, request: "$IP:25" },
  ]);
  assertEquals(suspendedDomains, ["xn--bcher-kva.example"]);
  assertEquals(relay.nameServer, { host: "10.0.0.53", port: 53 });
  assertEquals(relay.dnsTimeoutMs, 3000);
  assertEquals(relay.ownNames, ["office.example", "mail.example"]);
});

Deno.test("etrn_from and etrn_relay say who may ask for waiting mail, and who is told", () => {
  const { smtpd: { policy }, etrnFarm } = configOf(
    "etrn_from B\u00dccher.example 10.1.*,10.2.0.1",
    "etrn_from *.example Users # all of them",
    "etrn_relay 10.9.0.1,[fd00::1]:2525",
    "etrn_relay mx2.example",
  );
  assertEquals(policy.etrnRules.map(({ domain }) => domain), [
    "xn--bcher-kva.example",
    "*.example",
  ]);
  assertEquals(policy.etrnRules[1]?.who, "users");
  assertEquals(policy.etrnFarm, ["10.9.0.1", "fd00::1", "mx2.example"]);
  assertEquals(etrnFarm, [
    { host: "10.9.0.1", port: 25 },
    { host: "fd00::1", port: 2525 },
    { host: "mx2.example", port: 25 },
  ]);
  assertEquals(configOf().smtpd.policy.etrnRules, []);
});

Deno.test("value() has the type of its setting", () => {
  const config = configOf("tls_cert /c.pem", "tls_key /k.pem");
  const port: number = config.value("smtp_port");
  const level: "error" | "warn" | "info" | "debug" = config.value("log_level");
  const domains: readonly string[] = config.value("host_domain");
  const cert: string | undefined = config.value("tls_cert");
  const accounts: readonly { readonly keepDays: number }[] = config.value("pf_user");
  assertEquals([port, level, domains, cert, accounts], [
    25,
    "info",
    ["office.example"],
    "/c.pem",
    [],
  ]);
});

Deno.test("relaying is closed unless a rule opens it", () => {
  const { relayRules } = configOf();
  assertEquals(relayRules, { relayTo: [], forwardFromIp: [], forwardFrom: [], forwardUser: [] });
  const open = configOf("forward_from_ip 127.0.0.1", "forward_from_ip 10.*", "relay_to d.example");
  strictEqual(matchesAnyIp(open.relayRules.forwardFromIp, "10.9.8.7"), true);
  strictEqual(matchesAnyIp(open.relayRules.forwardFromIp, "127.0.0.1"), true);
  strictEqual(matchesAnyIp(open.relayRules.forwardFromIp, "8.8.8.8"), false);
  assertEquals(open.relayRules.relayTo, ["d.example"]);
});

Deno.test("limits and bans reach those who keep them", () => {
  const { smtpd: { policy }, guard } = configOf(
    "ban_ip 192.0.2.*",
    "ban_ip 198.51.100.1",
    "ban_ip_except 192.0.2.7",
    "ban_mailfrom *@spam.example,casino.example,*@Bücher.example",
    "ban_rcptto old@office.example",
    "fromip_nolimit 10.*",
    "forward_from_ip 127.0.0.1",
    "fromip_max 30",
    "smtp_max_per_ip 7",
    "fake_vrfy true",
    "hide_auth recentpop",
    "pop_before_smtp 15",
    "ban_auto off",
    "ras_smtpip 203.0.113.5:2525",
  );
  strictEqual(matchesAnyIp(policy.banned, "192.0.2.7"), true);
  strictEqual(matchesAnyIp(policy.banned, "198.51.100.1"), true);
  strictEqual(matchesAnyIp(policy.bannedExcept, "192.0.2.7"), true);
  strictEqual(matchesAnyIp(policy.noLimit, "10.1.2.3"), true);
  strictEqual(matchesAnyIp(policy.trusted, "127.0.0.1"), true);
  assertEquals(policy.bannedSenders.map(({ pattern }) => pattern), [
    "*@spam.example",
    "casino.example",
    "*@xn--bcher-kva.example",
  ]);
  assertEquals(policy.bannedRecipients.map(({ pattern }) => pattern), ["old@office.example"]);
  const { maxMessagesAMinute, maxSessionsPerAddress, fakeVrfy, hidesAuthAfterPop } = policy;
  assertEquals([maxMessagesAMinute, maxSessionsPerAddress, fakeVrfy, hidesAuthAfterPop], [
    30,
    7,
    true,
    true,
  ]);
  strictEqual(matchesAnyIp(guard.noLimit, "10.1.2.3"), true);
  assertEquals([guard.banRule, guard.upstream, guard.recentLoginMs], [
    undefined,
    "203.0.113.5",
    900_000,
  ]);
});

Deno.test("bind_ip and the ports make listeners, each address once", () => {
  const config = configOf(
    "bind_ip 127.0.0.1,::1",
    "bind_ip 127.0.0.1",
    "smtp_port 0",
    "pop_port 1110",
    "submission_port 587",
    "http_port 0",
    "manager_port 4110",
  );
  assertEquals(config.listen.smtp, [{ host: "127.0.0.1", port: 0 }, { host: "::1", port: 0 }]);
  assertEquals(config.listen.pop.map(({ port }) => port), [1110, 1110]);
  assertEquals(config.listen.submission.map(({ port }) => port), [587, 587]);
  assertEquals(config.listen.manager.map(({ port }) => port), [4110, 4110]);
  assertEquals(config.listen.http, { host: "127.0.0.1", port: 0 });
  assertEquals(config.httpd, { host: "127.0.0.1", port: 0, hostnames: ["office.example"] });
});

Deno.test("the settings of a branch reach the modules they are for", () => {
  const config = configOf(
    "host_domain alias.example",
    "host_domain office.example",
    "vdomain abc /xdom abc.example /mail/abc",
    "pf_user bob secret 127.0.0.1:1110 keep=3",
    "pf_header X-Recip-To:",
    "pf_domain office.example",
    "pf_dflt_address anna@office.example",
    "pf_isinterval true",
    "ras_timer 30",
    "ras_smtpip up.example",
    "ras_timeout 90s",
    "link_up dial",
    "link_down hang up",
    "link_check ping -c1 up.example",
    "link_linger 9",
    "link_window Mon-Fri 08:00-18:00",
    "bounce_body true",
    "timezone +1100",
    "max_message_size 1MB",
    "http_ip_address 192.168.1.1",
  );
  assertEquals(config.domains.all, ["office.example", "alias.example", "abc.example"]);
  assertEquals(config.domains.synonyms, ["alias.example"]);
  strictEqual(config.popfetch.header, "X-Recip-To");
  strictEqual(config.popfetch.accounts[0]?.keepDays, 3);
  strictEqual(config.popfetch.domain, "office.example");
  assertEquals(config.link.plan, { periodMs: 1_800_000, isInterval: true });
  assertEquals(config.link.dialer, {
    up: "dial",
    down: "hang up",
    check: "ping -c1 up.example",
    timeoutMs: 90_000,
    ras: false,
  });
  assertEquals(config.link.upstream, { host: "up.example", port: 25 });
  strictEqual(config.link.lingerMs, 9000);
  strictEqual(config.link.windows.length, 1);
  strictEqual(config.notices.wholeMessage, true);
  strictEqual(config.notices.timezone, "+1100");
  strictEqual(config.smtpd.maxMessageOctets, 1_048_576);
  strictEqual(config.listen.http, undefined);
});

Deno.test("directories follow from one another and lose their last slash", async (t) => {
  const unix = configOf(
    "bin_path /srv/bin/",
    "stats_path my/stats/path",
    "dsmtp_path /usr/local/dmail/",
  );
  assertEquals(unix.paths, {
    work: "/srv/dmail/work",
    drop: "/srv/dmail/drop",
    bin: "/srv/bin",
    dsmtp: "/usr/local/dmail",
    log: "/srv/dmail/work",
    stats: "/srv/dmail/work/my/stats/path",
  });
  await t.step("on Windows", () => {
    const text = [
      "host_domain office.example",
      "authent_method nwauth",
      "work_path c:\\dmail\\work\\",
      "drop_path c:\\",
      "stats_path .\\stats",
      "log_path \\\\server\\logs",
    ].join("\r\n");
    const result = parseConfig(text, { os: "windows" });
    if (result.kind === "bad") throw new Error("It is bad");
    assertEquals(result.config.paths, {
      work: "c:\\dmail\\work",
      drop: "c:\\",
      bin: "c:\\",
      dsmtp: "c:\\dmail\\work",
      log: "\\\\server\\logs",
      stats: "c:\\dmail\\work\\stats",
    });
  });
});

Deno.test("commands are taken from this machine alone unless the file says otherwise", () => {
  const { access } = configOf();
  strictEqual(matchesEveryIp(access.managerIpAddress, "127.0.0.1"), true);
  strictEqual(matchesEveryIp(access.managerIpAddress, "192.168.1.2"), false);
  strictEqual(access.userIpAddress, undefined);
  assertEquals(access.noLimit, []);
});

Deno.test("setting() reports value and place, and hides passwords", () => {
  const config = configOf(
    "pf_user bob secret pop.example tls=none",
    "ras_password secret",
    "gateway_auth * office secret",
    "sql_url mysql://u:secret@db/mail",
    "ras_timer 5",
    "manger_ip_address 10.*",
    "atrn_auth office secret",
    "atrn_domain b.example branch secret",
    "ras_smtpip hub.example",
  );
  assertEquals(config.setting("POP_PORT"), { name: "pop_port", text: "110", source: "default" });
  assertEquals(config.setting("ras_timer"), {
    name: "ras_timer",
    text: "5",
    source: "dmail.conf:10",
  });
  strictEqual(config.setting("manger_ip_address")?.text, "10.*");
  strictEqual(config.setting("pf_user")?.text, "bob (hidden) pop.example tls=none");
  strictEqual(config.setting("nothing"), undefined);
  strictEqual(JSON.stringify(config.settings).includes("secret"), false);
  strictEqual(config.settings.find(({ name }) => name === "authent_method")?.text, "nwauth");
});

Deno.test("a configuration cannot be changed, however deep", () => {
  const config = configOf("pf_user bob secret 127.0.0.1", "ras_timer 5");
  const change = (thing: object, key: string) =>
    throws(() => Object.assign(thing, { [key]: 1 }), TypeError);
  change(config, "path");
  change(config.smtpd, "hostname");
  change(config.popfetch.accounts[0]!, "password");
  change(config.value("host_domain"), "0");
  change(config.settings[0]!, "text");
});
