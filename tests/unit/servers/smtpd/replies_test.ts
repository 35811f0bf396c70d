import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  inOurWords,
  replies,
  type Reply,
  replyLine,
} from "../../../../src/servers/smtpd/replies.ts";
import { SMALL } from "../../../support/smtpd.ts";

/** Stands for whatever a reply is made of. */
const ANYTHING = "\0";

const anything: object = new Proxy(() => ANYTHING, {
  get: (_, key) => key === Symbol.toPrimitive ? () => ANYTHING : anything,
});

/** Every reply by its name, made of anything where it needs something. */
function all(): readonly (readonly [name: string, reply: Reply])[] {
  return Object.entries(replies).map(([name, reply]) => {
    if (typeof reply !== "function") return [name, reply];
    return [name, (reply as (...of: unknown[]) => Reply)(anything, anything, anything)];
  });
}

Deno.test("replyLine() makes lines of at most 512 octets, and cuts no character", async (t) => {
  const cases = [
    { text: "", want: "" },
    { text: "x".repeat(506), want: "x".repeat(506) },
    { text: "x".repeat(507), want: "x".repeat(506) },
    { text: "ö".repeat(253), want: "ö".repeat(253) },
    { text: "x" + "ö".repeat(253), want: "x" + "ö".repeat(252) },
    { text: "€".repeat(169), want: "€".repeat(168) },
    { text: "😀".repeat(200), want: "😀".repeat(126) },
  ];
  for (const { text, want } of cases) {
    await t.step(`${text.slice(0, 2)} ${text.length}`, () => strictEqual(replyLine(text), want));
  }
});

Deno.test("every refusal carries an enhanced status code of its class (RFC 2034)", () => {
  // Two take their status from whoever decides.
  const refusals = all().filter(([, { code, text }]) => code >= 400 && text !== "\0 \0");
  ok(refusals.length > 20);
  for (const [name, { code, text }] of refusals) {
    match(String(text), new RegExp(`^${Math.floor(code / 100)}\\.\\d\\.\\d+ `), name);
  }
});

Deno.test("the documents' replies stand without a status code", () => {
  for (const [name, { code, text }] of all()) {
    if (code >= 400 || name === "authOk") continue; // RFC 4954 section 6 writes 235 2.7.0.
    ok(!/^\d\.\d+\.\d+/.test(String(text)), name);
  }
});

Deno.test("every reply is heard in a test", async () => {
  const files = [
    ...await textsIn("../../../golden/smtp/"),
    ...await textsIn("../../../integration/"),
    ...await textsIn("../../../faults/servers/"),
    ...await textsIn("./"),
  ].join("\n");
  const unheard = all().filter(([name, reply]) =>
    !files.includes(wordsOf(reply)) && !new RegExp(`replies\\.${name}\\b`).test(files)
  );
  deepStrictEqual(unheard.map(([name]) => name), []);
});

/** The words by which a test would know a reply: the first ones of its longest fixed part. */
function wordsOf({ text }: Reply): string {
  const lines: readonly string[] = Array.isArray(text) ? text : [String(text)];
  const parts = lines.flatMap((line) => line.replace(/^\d\.\d+\.\d+ /, "").split(ANYTHING));
  const longest = parts.toSorted((a, b) => b.length - a.length)[0] ?? "";
  return longest.trim().slice(0, 15);
}

async function textsIn(path: string): Promise<string[]> {
  const directory = new URL(path, import.meta.url);
  const texts: string[] = [];
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile) texts.push(await Deno.readTextFile(new URL(name, directory)));
  }
  return texts;
}

Deno.test("smtp_welcome replaces the greeting and hides the product", () => {
  strictEqual(replies.greeting({ ...SMALL, welcome: "mail ready" }).text, "mail ready");
  strictEqual(replies.greeting(SMALL).text, "office.test DSMTP ESMTP Server v1.0");
});

Deno.test("inOurWords() leaves ours alone and none of the library's", async (t) => {
  const cases = [
    { code: 250, text: "OK", want: replies.noopOk },
    { code: 550, text: "5.7.1 Relaying is not permitted", want: "5.7.1 Relaying is not permitted" },
    { code: 501, text: "Error: some syntax", want: "5.5.4 some syntax" },
    { code: 450, text: "whatever", want: "4.5.4 whatever" },
    { code: 421, text: "any.host You talk too soon", want: replies.tooEarly(SMALL) },
    { code: 421, text: "HTTP requests not allowed", want: replies.noHttp(SMALL) },
    { code: 250, text: "Command DATA x", want: "Command DATA x" },
  ];
  for (const { code, text, want } of cases) {
    await t.step(`${code} ${text}`, () => {
      deepStrictEqual(
        inOurWords(code, text, SMALL),
        typeof want === "string" ? { code, text: want } : want,
      );
    });
  }
});
