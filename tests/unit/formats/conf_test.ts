import { deepStrictEqual as assertEquals, strictEqual, throws } from "node:assert/strict";
import {
  formatWords,
  MAX_CONF_LINE,
  MAX_CONF_OCTETS,
  parseConf,
  splitWords,
  stripComment,
} from "../../../src/formats/conf.ts";

const octets = (text: string) => new TextEncoder().encode(text);

Deno.test("parseConf() reads settings, includes and nothing else", async (t) => {
  const setting = (line: number, name: string, value: string) => ({
    kind: "setting",
    line,
    name,
    value,
  });
  const cases = [
    { text: "smtp_port 25", want: [setting(1, "smtp_port", "25")] },
    { text: "  smtp_port \t 25  ", want: [setting(1, "smtp_port", "25")] },
    { text: "SMTP_Port 25", want: [setting(1, "smtp_port", "25")] },
    { text: "a 1\nb 2\n", want: [setting(1, "a", "1"), setting(2, "b", "2")] },
    { text: "a 1\r\n\r\nb 2\r\n", want: [setting(1, "a", "1"), setting(3, "b", "2")] },
    { text: "\uFEFFa 1", want: [setting(1, "a", "1")] },
    { text: "# a 1\n  # b\n\n", want: [] },
    { text: "ras_entry", want: [setting(1, "ras_entry", "")] },
    { text: "drop_path c:\\dmail\\in\\", want: [setting(1, "drop_path", "c:\\dmail\\in\\")] },
    { text: "work_path \\\\server\\mail", want: [setting(1, "work_path", "\\\\server\\mail")] },
    { text: "stats_path # off", want: [setting(1, "stats_path", "# off")] },
    { text: "#include users.conf", want: [{ kind: "include", line: 1, path: "users.conf" }] },
    { text: "#INCLUDE users.conf # all", want: [{ kind: "include", line: 1, path: "users.conf" }] },
    {
      text: '#include "my users.conf"',
      want: [{ kind: "include", line: 1, path: "my users.conf" }],
    },
    { text: "#included by hand\n# include x", want: [] },
    { text: "", want: [] },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => assertEquals(parseConf(octets(text)), want));
  }
});

Deno.test("parseConf() reports what it cannot read and goes on", async (t) => {
  const cases = [
    { bytes: octets("a 1\nb\0 2\nc 3"), line: 2, message: /U\+0000/ },
    { bytes: octets("a 1\nb 2\rc\nd"), line: 2, message: /U\+000D/ },
    { bytes: Uint8Array.of(0x61, 0x0a, 0xff, 0xfe, 0x0a), line: 2, message: /UTF-8/ },
    { bytes: octets("#include"), line: 1, message: /#include <file>/ },
    { bytes: octets("#include # nothing"), line: 1, message: /#include <file>/ },
    { bytes: octets("a " + "x".repeat(MAX_CONF_LINE)), line: 1, message: /at most 8192/ },
    { bytes: new Uint8Array(MAX_CONF_OCTETS + 1), line: 1, message: /at most 1048576/ },
  ];
  for (const { bytes, line, message } of cases) {
    await t.step(String(message), () => {
      const faults = parseConf(bytes).filter((item) => item.kind === "fault");
      strictEqual(faults.length, 1);
      strictEqual(faults[0]!.line, line);
      strictEqual(message.test(faults[0]!.message), true, faults[0]!.message);
    });
  }
  const after = parseConf(octets("b\0\nsmtp_port 25")).at(-1);
  assertEquals(after, { kind: "setting", line: 2, name: "smtp_port", value: "25" });
});

Deno.test("splitWords() keeps quoted words together and backslashes as they are", async (t) => {
  const cases = [
    { value: "bob secret 1.2.3.4", want: ["bob", "secret", "1.2.3.4"] },
    { value: "  a \t b ", want: ["a", "b"] },
    {
      value: String.raw`bob@x "|c:\dmail\drespond arg1 arg2"`,
      want: ["bob@x", String.raw`|c:\dmail\drespond arg1 arg2`],
    },
    { value: String.raw`\\server\share c:\x\ `, want: ["\\\\server\\share", "c:\\x\\"] },
    { value: 'a "" b', want: ["a", "", "b"] },
    { value: 'pa"ss', want: ['pa"ss'] },
    { value: "", want: [] },
  ];
  for (const { value, want } of cases) {
    await t.step(value, () => assertEquals(splitWords(value).map(({ text }) => text), want));
  }
  for (const value of ['"open', 'a "b"c', '"']) {
    await t.step(`refuses ${value}`, () => throws(() => splitWords(value), SyntaxError));
  }
});

Deno.test("formatWords() refuses what cannot be written", () => {
  for (const word of ["a\nb", 'a "b', '"', "\0"]) throws(() => formatWords([word]), RangeError);
});

Deno.test("stripComment() cuts a comment off, but no # inside a word or quotes", async (t) => {
  const cases = [
    // 001:297 and 001:412.
    { value: "3000 # To tell DPOP to cache 3000 entries", want: "3000" },
    { value: "# To disable logging of connection statistics for charging", want: "" },
    { value: "/var/mail\t# here", want: "/var/mail" },
    { value: "/var/mail#1", want: "/var/mail#1" },
    { value: '"/var/my #1 mail" # here', want: '"/var/my #1 mail"' },
    { value: "plain", want: "plain" },
    { value: "", want: "" },
  ];
  for (const { value, want } of cases) {
    await t.step(value, () => strictEqual(stripComment(value), want));
  }
});
