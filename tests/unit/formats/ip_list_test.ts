import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import {
  formatIpList,
  isContradiction,
  matchesAnyIp,
  matchesEverybody,
  matchesEveryIp,
  parseIpList,
} from "../../../src/formats/ip_list.ts";

// The six examples of document 000, each with what it says about them.
const EXAMPLES = [
  {
    line: "000:1097",
    list: "*,!161.29.5.24",
    passes: ["161.29.5.25", "1.2.3.4"],
    stopped: ["161.29.5.24"],
  },
  {
    line: "000:1100",
    list: "*,161.29.3-5.24",
    passes: ["161.29.3.24", "161.29.4.24", "161.29.5.24"],
    stopped: ["161.29.2.24", "161.29.6.24", "161.29.4.25", "1.2.3.4"],
  },
  {
    line: "000:1106",
    list: "*,!161.29.5.*",
    passes: ["161.29.4.0", "161.29.50.1", "10.0.0.1"],
    stopped: ["161.29.5.0", "161.29.5.255"],
  },
  {
    line: "000:1112",
    list: "161.29.3-5.0-255",
    passes: ["161.29.3.0", "161.29.4.128", "161.29.5.255"],
    stopped: ["161.29.2.255", "161.29.6.0", "161.30.4.4"],
  },
  {
    line: "000:1118",
    list: "*,!161.29.*.24",
    passes: ["161.29.0.25", "161.30.0.24"],
    stopped: ["161.29.0.24", "161.29.1.24", "161.29.255.24"],
  },
  {
    line: "000:1126",
    list: "*,!161.29.20?.24",
    // 000:1134: "if an ip address was 161.29.009.24 then it would be allowed": text, not numbers.
    passes: ["161.29.199.24", "161.29.20.24", "161.29.009.24"],
    stopped: ["161.29.200.24", "161.29.209.24"],
  },
];

Deno.test("matchesEveryIp() does what the six examples of document 000 say", async (t) => {
  for (const { line, list, passes, stopped } of EXAMPLES) {
    await t.step(`${line} ${list}`, () => {
      const parsed = parseIpList(list);
      for (const address of passes) strictEqual(matchesEveryIp(parsed, address), true, address);
      for (const address of stopped) strictEqual(matchesEveryIp(parsed, address), false, address);
    });
  }
});

Deno.test("matchesAnyIp() takes one element for enough, as in the list of dmsetup", () => {
  const list = parseIpList("127.0.0.1,192.168.1.*");
  strictEqual(matchesAnyIp(list, "127.0.0.1"), true);
  strictEqual(matchesAnyIp(list, "192.168.1.77"), true);
  strictEqual(matchesAnyIp(list, "192.168.2.1"), false);
  strictEqual(matchesAnyIp([], "127.0.0.1"), false);
});

Deno.test("matchesAnyIp() knows networks and IPv6, and IPv4 in the form of a dual-stack socket", async (t) => {
  const cases = [
    { list: "10.0.0.0/8", address: "10.255.0.1", want: true },
    { list: "10.0.0.0/8", address: "11.0.0.1", want: false },
    { list: "!10.0.0.0/8", address: "11.0.0.1", want: true },
    { list: "0.0.0.0/0", address: "8.8.8.8", want: true },
    { list: "fd00::/8", address: "fd12:3456::1", want: true },
    { list: "fd00::/8", address: "fe80::1", want: false },
    { list: "fd00::/8", address: "10.0.0.1", want: false },
    { list: "::1", address: "0:0:0:0:0:0:0:1", want: true },
    { list: "FD00::A", address: "fd00::a", want: true },
    { list: "fd00:*", address: "fd00::7", want: true },
    { list: "64:ff9b::1.2.3.4", address: "64:ff9b::102:304", want: true },
    { list: "192.168.1.*", address: "::ffff:192.168.1.9", want: true },
    { list: "192.168.1-2.0-9", address: "::FFFF:192.168.2.009", want: true },
    { list: "192.168.1-2.0-9", address: "fd00::1", want: false },
    { list: "10.0.0.0/8", address: "not an address", want: false },
  ];
  for (const { list, address, want } of cases) {
    await t.step(`${list} against ${address}`, () => {
      strictEqual(matchesAnyIp(parseIpList(list), address), want);
    });
  }
});

Deno.test("parseIpList() says what to write instead of a bad element", async (t) => {
  const cases = [
    { list: "*,!1.1.1.0-255", message: /range without !/ }, // 000:1093 "(bad)"
    { list: "*,!1.2.3.4,161.29.3-5.24", message: /not both/ },
    { list: "161.29.3-5.*", message: /without \* and \?/ },
    { list: "161.29.5-3.24", message: /lower number to the higher/ },
    { list: "161.29.3-300.24", message: /to 255/ },
    { list: "161.29.3-5", message: /four parts/ },
    { list: "1..2.3.4", message: /write an address/ },
    { list: "10.0.0", message: /write an address/ },
    { list: "256.0.0.1", message: /write an address/ },
    { list: "localhost", message: /write an address/ },
    { list: "mail*", message: /write an address/ },
    { list: "10.0.0.0/33", message: /network/ },
    { list: "10.0.0.0/8/8", message: /network/ },
    { list: "10.0.0/8", message: /network/ },
    { list: "fd00:::1", message: /IPv6/ },
    { list: "1:2:3:4:5:6:7:8:9", message: /IPv6/ },
    { list: "::1.2.3.400", message: /IPv6/ },
    { list: "1.2.3.4, 1.2.3.5", message: /without blanks/ },
    { list: "1.2.3.4,", message: /between the commas/ },
    { list: "!", message: /between the commas/ },
    { list: "", message: /between the commas/ },
  ];
  for (const { list, message } of cases) {
    await t.step(JSON.stringify(list), () => {
      try {
        parseIpList(list);
      } catch (error) {
        strictEqual(error instanceof SyntaxError, true);
        match((error as SyntaxError).message, message);
        return;
      }
      throw new Error("It was accepted");
    });
  }
});

Deno.test("isContradiction() finds lists that no address can pass", async (t) => {
  const cases = [
    { list: "10.0.0.1,10.0.0.2", want: true },
    { list: "10.0.0.1,192.168.1.*", want: true },
    { list: "10.0.0.1,!10.0.0.1", want: true },
    { list: "::1,fd00::1", want: true },
    { list: "10.0.0.1", want: false },
    { list: "*,10.0.0.1", want: false },
    { list: "10.0.0.*,!10.0.0.1", want: false },
    { list: "10.0.0.0/8,10.0.0.1", want: false },
    { list: "*,161.29.3-5.24", want: false },
  ];
  for (const { list, want } of cases) {
    await t.step(list, () => strictEqual(isContradiction(parseIpList(list)), want));
  }
});

Deno.test("matchesEverybody() finds permissive lists that leave nobody out", async (t) => {
  const cases = [
    { list: "*", want: true },
    { list: "*.*.*.*", want: true },
    { list: "127.0.0.1,!10.0.0.1", want: true },
    { list: "0.0.0.0/0", want: true },
    { list: "::/0", want: true },
    { list: "0-255.0-255.0-255.0-255", want: true },
    { list: "10.*", want: false },
    { list: "10.0.0.0/8,127.0.0.1", want: false },
    { list: "0-255.0-255.0-255.0-254", want: false },
  ];
  for (const { list, want } of cases) {
    await t.step(list, () => strictEqual(matchesEverybody(parseIpList(list)), want));
  }
});

Deno.test("formatIpList() writes every kind of element as it was", () => {
  for (
    const text of ["*,!161.29.20?.24", "161.29.3-5.0-255", "!10.0.0.0/8,::1,127.0.0.1", "0-0.0.0.1"]
  ) {
    assertEquals(formatIpList(parseIpList(text)), text);
  }
});
