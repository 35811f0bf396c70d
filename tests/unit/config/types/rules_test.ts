import { strictEqual } from "node:assert/strict";
import { atrnLogin, atrnRule } from "../../../../src/config/types/atrn.ts";
import {
  gateway,
  gatewayLogin,
  gatewayTls,
  proxyRule,
} from "../../../../src/config/types/gateways.ts";
import { lineCap, tariff, timeWindow } from "../../../../src/config/types/line_rules.ts";
import { relayIpList, restrictiveIpList } from "../../../../src/config/types/lists.ts";
import {
  popAccount,
  robotUser,
  userQuota,
  virtualDomain,
} from "../../../../src/config/types/people.ts";
import {
  aliasRule,
  domainPath,
  fallbackAddress,
  footerRule,
  forwardRule,
} from "../../../../src/config/types/rules.ts";
import { testTypes } from "../../../support/value_cases.ts";

const account = {
  user: "bob",
  password: "secret",
  host: "1.2.3.4",
  port: 110,
  tls: "none",
  keepDays: 0,
  maxOctets: 0,
};
const weekdays = [1, 2, 3, 4, 5];
const office = { days: weekdays, fromMinute: 480, toMinute: 1080 };

testTypes([
  {
    name: "forwardRule",
    type: forwardRule,
    valid: [
      ["bob@domain1 bob@domain2", { // 000:387
        pattern: "bob@domain1",
        targets: [{ kind: "address", address: "bob@domain2" }],
      }],
      ["*@Domain1 default@domain4", { // 000:389
        pattern: "*@domain1",
        targets: [{ kind: "address", address: "default@domain4" }],
      }],
      ["sales@* bob@domain1.com # everywhere", { // 002:209
        pattern: "sales@*",
        targets: [{ kind: "address", address: "bob@domain1.com" }],
      }],
      ["*@old.example *@new.example", {
        pattern: "*@old.example",
        targets: [{ kind: "address", address: "*@new.example" }],
      }],
      ["x@bücher.example $user,a@b, c@d", {
        pattern: "x@xn--bcher-kva.example",
        targets: [
          { kind: "self" },
          { kind: "address", address: "a@b" },
          { kind: "address", address: "c@d" },
        ],
      }],
      ["bob@domainx.com /dev/nul", { // 002:59
        pattern: "bob@domainx.com",
        targets: [{ kind: "discard" }],
      }],
      [String.raw`bob@domainx.com c:\mail\bob.txt`, {
        pattern: "bob@domainx.com",
        targets: [{ kind: "file", path: String.raw`c:\mail\bob.txt` }],
      }],
      [String.raw`bob@domainx.com |c:\dmail\drespond`, { // 002:63
        pattern: "bob@domainx.com",
        targets: [{ kind: "robot", command: String.raw`c:\dmail\drespond` }],
      }],
      [String.raw`bob@domainx.com "|c:\dmail\drespond arg1 arg2"`, { // 002:65
        pattern: "bob@domainx.com",
        targets: [{ kind: "robot", command: String.raw`c:\dmail\drespond arg1 arg2` }],
      }],
      ['bob@x "|prog "two words" 3" # why', {
        pattern: "bob@x",
        targets: [{ kind: "robot", command: 'prog "two words" 3' }],
      }],
    ],
    invalid: [
      "bob@x",
      "bob bob@y",
      "bob@x bob",
      "bob@x a@b,bob",
      "bob@x *@y",
      "*@x *@*",
      "bob@x |",
      "bob@x mail/all",
      'bob@x "|prog',
      '"bob@x',
    ],
  },
  {
    name: "aliasRule",
    type: aliasRule,
    valid: [
      ["sales* a@b", { pattern: "sales*", targets: [{ kind: "address", address: "a@b" }] }],
      ["Sales ann,$user", {
        pattern: "sales",
        targets: [{ kind: "address", address: "ann" }, { kind: "self" }],
      }],
    ],
    invalid: ["sales", "a@b c@d", "sales a b", "sales *@b"],
  },
  {
    name: "fallbackAddress",
    type: fallbackAddress,
    valid: [["domain1 default@domain2", { domain: "domain1", address: "default@domain2" }]],
    invalid: ["domain1", "domain1 default", "domain1 a@b c@d"],
  },
  {
    name: "gateway",
    type: gateway,
    valid: [
      ["* a.example", { domain: "*", host: "a.example", port: 25 }],
      ["domain1.com 1.2.3.4:1025 # since 2.8n", {
        domain: "domain1.com",
        host: "1.2.3.4",
        port: 1025,
      }],
    ],
    invalid: ["1.2.3.4", "* 1.2.3.4 25", "* 1.2.3.4:x", ""],
  },
  {
    name: "gatewayLogin",
    type: gatewayLogin,
    valid: [["* office #pass # ours", { domain: "*", user: "office", password: "#pass" }]],
    invalid: ["* office", "* office pass word"],
  },
  {
    name: "atrnRule",
    type: atrnRule,
    valid: [
      ["B.example Ann,bob # ours", {
        domain: "b.example",
        users: ["ann", "bob"],
        secret: undefined,
      }],
      ['b.example ann "#s ecret" # ours', {
        domain: "b.example",
        users: ["ann"],
        secret: "#s ecret",
      }],
    ],
    invalid: ["b.example", "*.example ann", "b.example ann, bob c", "b.example ann secret more"],
  },
  {
    name: "atrnLogin",
    type: atrnLogin,
    valid: [
      ["ann pass", { user: "ann", password: "pass", host: undefined, port: undefined }],
      ["ann pass hub.example # ours", {
        user: "ann",
        password: "pass",
        host: "hub.example",
        port: undefined,
      }],
      ["ann pass [fd00::1]:366", { user: "ann", password: "pass", host: "fd00::1", port: 366 }],
    ],
    invalid: ["ann", "ann pass hub:0", "ann pass hub 366"],
  },
  {
    name: "gatewayTls",
    type: gatewayTls,
    valid: [["* MUST", { domain: "*", tls: "must" }]],
    invalid: ["*", "* always", "must"],
  },
  {
    name: "proxyRule",
    type: proxyRule,
    valid: [
      ["* 1.2.3.4:23 $IP:25", { domain: "*", host: "1.2.3.4", port: 23, request: "$IP:25" }],
      ["*.com 1.2.3.4 connect $IP 25", {
        domain: "*.com",
        host: "1.2.3.4",
        port: 23,
        request: "connect $IP 25",
      }],
    ],
    invalid: ["* 1.2.3.4", "*"],
  },
  {
    name: "domainPath",
    type: domainPath("alias_file_domain * /etc/aliases"),
    valid: [[String.raw`* c:\dmail\global_aliases.txt`, {
      domain: "*",
      path: String.raw`c:\dmail\global_aliases.txt`,
    }]],
    invalid: ["*", "* aliases.txt"],
  },
  {
    name: "footerRule",
    type: footerRule,
    valid: [["footer.txt a.example,b.example", {
      path: "footer.txt",
      domains: ["a.example", "b.example"],
    }]],
    invalid: ["footer.txt", "footer.txt a.example,"],
  },
  {
    name: "popAccount",
    type: popAccount,
    valid: [
      ["bob secret 1.2.3.4", account], // 003:134
      ["bob secret 1.2.3.4:1110 tls=none", { ...account, port: 1110 }],
      ["bob secret pop.example tls=pop3s", {
        ...account,
        host: "pop.example",
        port: 995,
        tls: "pop3s",
      }],
      ["bob secret pop.example:995", { ...account, host: "pop.example", port: 995, tls: "pop3s" }],
      ["bob secret 1.2.3.4 TLS=STLS keep=7 to=bob@x max=2k", {
        ...account,
        tls: "stls",
        keepDays: 7,
        to: "bob@x",
        maxOctets: 2048,
      }],
      ['bob@isp.example "#my secret" 1.2.3.4 # main', {
        ...account,
        user: "bob@isp.example",
        password: "#my secret",
      }],
      ["bob #secret 1.2.3.4", { ...account, password: "#secret" }],
    ],
    invalid: [
      "bob secret",
      "bob secret 1..2.3.4",
      "bob secret 1.2.3.4 tls=yes",
      "bob secret 1.2.3.4 tls=none tls=none",
      "bob secret 1.2.3.4 keep=long",
      "bob secret 1.2.3.4 keep=9999",
      "bob secret 1.2.3.4 max=big",
      "bob secret 1.2.3.4 to=bob",
      "bob secret 1.2.3.4 extra",
      "bob secret 1.2.3.4 port=110",
    ],
  },
  {
    name: "virtualDomain",
    type: virtualDomain,
    valid: [
      ["Btwo 161.33.44.55 mail.domain.one /var/spool/mail/B", { // 001:310
        prefix: "Btwo",
        match: { kind: "ip", address: "161.33.44.55" },
        domain: "mail.domain.one",
        dropPath: "/var/spool/mail/B",
      }],
      ["J /jds johns.server.domain /var/spool/mail/johnsusers", { // 001:359
        prefix: "J",
        match: { kind: "suffix", suffix: "/jds" },
        domain: "johns.server.domain",
        dropPath: "/var/spool/mail/johnsusers",
      }],
      ["cc @computers.com computers.com c:\\mail\\cc", {
        prefix: "cc",
        match: { kind: "suffix", suffix: "@computers.com" },
        domain: "computers.com",
        dropPath: "c:\\mail\\cc",
      }],
    ],
    invalid: [
      "abc 1.2.3.4 x.com",
      "abc xdom x.com /m",
      "a/b 1.2.3.4 x.com /m",
      "abc / x.com /m",
      "abc 1.2.3.4 x.com m",
    ],
  },
  {
    name: "robotUser",
    type: robotUser,
    valid: [
      ["-1", { kind: "nobody" }],
      ["nobody", { kind: "user", user: "nobody" }],
      ["ROBOT_USR robot_usr", { kind: "user", user: "ROBOT_USR", password: "robot_usr" }],
    ],
    invalid: ["root", "0", "a b c", ""],
  },
  {
    name: "userQuota",
    type: userQuota,
    valid: [
      ["true", { enabled: true, octets: undefined }],
      ["0", { enabled: false, octets: undefined }],
      ["10MB", { enabled: true, octets: 10_485_760 }],
    ],
    invalid: ["some", ""],
  },
  {
    name: "timeWindow",
    type: timeWindow,
    valid: [
      ["Mon-Fri 08:00-18:00", office],
      ["daily 22:00-6:30", { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 1320, toMinute: 390 }],
      ["sat,SUN 00:00-24:00", { days: [0, 6], fromMinute: 0, toMinute: 1440 }],
      ["Fri-Mon 10:00-12:00", { days: [0, 1, 5, 6], fromMinute: 600, toMinute: 720 }],
    ],
    invalid: [
      "Mon",
      "Mon 8-18",
      "Mon 08:00-08:00",
      "Mon 08:00-25:00",
      "Mon 08:60-09:00",
      "Moon 08:00-09:00",
      "Mon-Tue-Wed 08:00-09:00",
      "08:00-18:00",
    ],
  },
  {
    name: "tariff",
    type: tariff,
    valid: [
      ["0.04/min Mon-Fri 08:00-18:00", { price: 0.04, per: "minute", window: office }],
      ["1/MB", { price: 1, per: "megabyte", window: undefined }],
      ["0.12/call", { price: 0.12, per: "call", window: undefined }],
    ],
    invalid: ["0.04", "/min", "0.04/hour", "0.04/min Mon", "-1/min", ""],
  },
  {
    name: "lineCap",
    type: lineCap,
    valid: [
      ["20MB/day", { limit: { kind: "octets", octets: 20_971_520 }, per: "day" }],
      ["60min/Week", { limit: { kind: "time", ms: 3_600_000 }, per: "week" }],
    ],
    invalid: ["20MB", "20MB/year", "lots/day", "/day", ""],
  },
]);

Deno.test("values warn about what is valid but surely not meant", async (t) => {
  const cases = [
    { type: restrictiveIpList, text: "10.0.0.1,10.0.0.2", warns: true }, // A1
    { type: restrictiveIpList, text: "*,!10.0.0.1", warns: false },
    { type: relayIpList, text: "*", warns: true }, // A10
    { type: relayIpList, text: "127.0.0.1,!10.*", warns: true },
    { type: relayIpList, text: "127.0.0.1,10.*", warns: false },
    { type: popAccount, text: "bob secret pop.example", warns: true },
    { type: popAccount, text: "bob secret pop.example tls=none", warns: false },
    { type: popAccount, text: "bob secret 127.0.0.1:1110", warns: false },
  ];
  for (const { type, text, warns } of cases) {
    await t.step(text, () => {
      const heard: string[] = [];
      type.parse(text, (message) => heard.push(message));
      strictEqual(heard.length, warns ? 1 : 0, heard.join());
    });
  }
});
