import { duration, size } from "../../../../src/config/types/measures.ts";
import { commaList } from "../../../../src/config/types/lists.ts";
import {
  address,
  dnsServer,
  domain,
  domainPattern,
  hostPort,
  ipAddress,
  path,
  url,
} from "../../../../src/config/types/names.ts";
import {
  boolean,
  choice,
  fraction,
  integer,
  text,
  word,
} from "../../../../src/config/types/plain.ts";
import { testTypes } from "../../../support/value_cases.ts";

testTypes([
  {
    name: "boolean",
    type: boolean,
    valid: [["true", true], ["YES", true], ["1", true], ["on", true], ["false", false], [
      "0",
      false,
    ]],
    invalid: ["", "maybe", "2", "true false"],
  },
  {
    name: "integer",
    type: integer({ min: -1, max: 100 }),
    valid: [["0", 0], ["-1", -1], ["100", 100], ["007", 7]],
    invalid: ["", "101", "-2", "1.5", "1e1", "0x10", "banana", "9".repeat(16)],
  },
  {
    name: "fraction",
    type: fraction,
    valid: [["0.5", 0.5], ["0", 0], ["1", 1], [".25", 0.25]],
    invalid: ["1.5", "-0.5", "half", ""],
  },
  {
    name: "choice",
    type: choice("error", "info"),
    valid: [["info", "info"], ["ERROR", "error"]],
    invalid: ["loud", "", "err"],
  },
  {
    name: "text",
    type: text,
    valid: [["Mail # 1", "Mail # 1"], ['"quoted all"', "quoted all"], ['"a" "b"', '"a" "b"']],
    invalid: [],
  },
  { name: "word", type: word("<x>"), valid: [["a#b", "a#b"]], invalid: ["a b", 'a"b'] },
  {
    name: "size",
    type: size(),
    valid: [
      ["40k", 40_960],
      ["1MB", 1_048_576],
      ["1.5 kb", 1536],
      ["2g", 2 ** 31],
      ["50000", 50_000],
      ["7b", 7],
    ],
    invalid: ["", "40x", "-1", "k", "1e3", "999999999999G"],
  },
  {
    name: "size in kB within bounds",
    type: size({ unit: "kb", min: 1024, max: 10_240 }),
    valid: [["5", 5120], ["5k", 5120]],
    invalid: ["0", "11", "1b"],
  },
  {
    name: "duration",
    type: duration({ unit: "m", min: 1, max: 120 }),
    valid: [["5", 300_000], ["90s", 90_000], ["2h", 7_200_000], ["3 min", 180_000], [
      "60000ms",
      60_000,
    ]],
    invalid: ["", "0", "59s", "3h", "five", "-5", "1.5"],
  },
  {
    name: "domain",
    type: domain,
    valid: [["Office.Example", "office.example"], ["domain1", "domain1"], [
      "bücher.example",
      "bücher.example",
    ]],
    invalid: ["", "a b", "-a.b", "a..b", ".a", "a.", "*.example", `${"a".repeat(64)}.b`, "a/b"],
  },
  {
    name: "domainPattern",
    type: domainPattern,
    valid: [["*", "*"], ["*.Example", "*.example"], ["domain?", "domain?"]],
    invalid: ["", "a b", "*@x", "..*"],
  },
  {
    name: "address",
    type: address,
    valid: [["default@domain4", "default@domain4"], ["Anna@office.example", "Anna@office.example"]],
    invalid: ["anna", "@office.example", "anna@", "a b@c", "a@b@c"],
  },
  {
    name: "ipAddress",
    type: ipAddress,
    valid: [["1.2.3.4", "1.2.3.4"], ["::1", "::1"]],
    invalid: ["1..2.3.4", "999.59.4.31", "localhost", "1.2.3.4:25", ""],
  },
  {
    name: "dnsServer",
    type: dnsServer,
    valid: [
      ["192.168.1.1", { host: "192.168.1.1", port: 53 }],
      ["fd00::1", { host: "fd00::1", port: 53 }],
      ["[fd00::1]:5353", { host: "fd00::1", port: 5353 }],
    ],
    invalid: ["", "dns.example", "192.168.1", "192.168.1.1:0", "192.168.1.1 192.168.1.2"],
  },
  {
    name: "hostPort",
    type: hostPort(25),
    valid: [
      ["1.2.3.4", { host: "1.2.3.4", port: 25 }],
      ["1.2.3.4:1025", { host: "1.2.3.4", port: 1025 }],
      ["mail.example:587", { host: "mail.example", port: 587 }],
      ["fd00::1", { host: "fd00::1", port: 25 }],
      ["[fd00::1]:26", { host: "fd00::1", port: 26 }],
    ],
    // 003:195 has the first one, a slip of the pen (A34).
    invalid: [
      "1..2.3.4",
      "1.2.3.4:0",
      "1.2.3.4:65536",
      "a b",
      ":25",
      "[fd00::1",
      "a:b",
      "999.1.1.1",
    ],
  },
  {
    name: "path",
    type: path,
    valid: [
      ["/var/mail", "/var/mail"],
      ["c:\\dmail\\in\\", "c:\\dmail\\in\\"],
      ["\\data\\logs", "\\data\\logs"], // 001:164
      ["\\\\server\\mail", "\\\\server\\mail"],
      ['"/var/my mail"', "/var/my mail"],
    ],
    invalid: ["my/stats", "mail", "c:mail", ""],
  },
  {
    name: "url",
    type: url("ldaps", "ldap"),
    valid: [["ldaps://ldap.example/", "ldaps://ldap.example/"]],
    invalid: ["https://ldap.example", "ldap:", "ldap.example", "ldap://", "ldap://[x"],
  },
  {
    name: "commaList",
    type: commaList(ipAddress),
    valid: [["1.2.3.4,::1", ["1.2.3.4", "::1"]]],
    invalid: ["1.2.3.4, ::1", "1.2.3.4,", ""],
  },
]);
