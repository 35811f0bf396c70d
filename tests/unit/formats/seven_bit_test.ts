import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { transformed } from "../../../src/formats/byte_transform.ts";
import { QuotedPrintableDecoder } from "../../../src/formats/quoted_printable.ts";
import { walkMime } from "../../../src/formats/mime_walk.ts";
import { sevenBitPlan, toSevenBit } from "../../../src/formats/seven_bit.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

async function* chunksOf(text: string, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) yield octetsOf(text.slice(at, at + size));
}

/** The message as it is sent, or why it cannot be. */
async function sent(message: string, size?: number): Promise<string> {
  const plan = await sevenBitPlan(chunksOf(message, size));
  if (plan.kind === "impossible") return `not: ${plan.reason}`;
  return octetText(...await Array.fromAsync(toSevenBit(chunksOf(message, size), plan.parts)));
}

const lines = (...all: readonly string[]) => all.map((line) => `${line}\r\n`).join("");

const TEXT_8BIT = [
  "Content-Type: text/plain; charset=iso-8859-1",
  "Content-Transfer-Encoding: 8bit",
];

Deno.test("toSevenBit() encodes the text of a message and says so", async () => {
  const message = lines("MIME-Version: 1.0", ...TEXT_8BIT, "Subject: x", "", "caf\xe9 = ", "", ".");
  strictEqual(
    await sent(message),
    lines(
      ...["MIME-Version: 1.0", TEXT_8BIT[0]!, "Subject: x"],
      "Content-Transfer-Encoding: quoted-printable",
      ...["", "caf=E9 =3D=20", "", "."],
    ),
  );
});

Deno.test("toSevenBit() encodes the parts that need it, however deep, and nothing else", async () => {
  const message = lines(
    ...["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=a"],
    ...["Content-Transfer-Encoding: 8bit", "", "preamble", "--a"],
    ...['Content-Type: multipart/alternative; boundary="a b"', "", "--a b"],
    ...[...TEXT_8BIT, "", "na\xefve", "--a b", "", "plain = text", "--a b--", "--a"],
    ...["Content-Type: message/rfc822", "Content-Transfer-Encoding: 8bit", ""],
    ...["Subject: inner", ...TEXT_8BIT, "", "--a b is no end here", "\xfc", "--a"],
    ...["Content-Type: image/gif", "Content-Transfer-Encoding: base64", "", "R0lG", "--a--", "end"],
  );
  strictEqual(
    await sent(message),
    lines(
      ...["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=a"],
      ...["Content-Transfer-Encoding: 7bit", "", "preamble", "--a"],
      ...['Content-Type: multipart/alternative; boundary="a b"', "", "--a b"],
      ...[TEXT_8BIT[0]!, "Content-Transfer-Encoding: quoted-printable", "", "na=EFve"],
      ...["--a b", "", "plain = text", "--a b--", "--a"],
      ...["Content-Type: message/rfc822", "Content-Transfer-Encoding: 7bit", ""],
      ...["Subject: inner", TEXT_8BIT[0]!, "Content-Transfer-Encoding: quoted-printable", ""],
      ...["--a b is no end here", "=FC", "--a"],
      ...[
        "Content-Type: image/gif",
        "Content-Transfer-Encoding: base64",
        "",
        "R0lG",
        "--a--",
        "end",
      ],
    ),
  );
});

Deno.test("toSevenBit() makes no boundary of what was none", async () => {
  const head = ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=a", "", "--a", ""];
  const [short, long] = [`\xe9${"x".repeat(72)}--a`, `${"x".repeat(40_000)}--a`];
  const message = lines(...head, short, long, "--a--");
  const result = await sent(message);
  strictEqual(await partsIn(result), 2);
  ok(result.includes(`=E9${"x".repeat(72)}=\r\n=2D-a\r\n`));
  strictEqual(result.match(/^--a/gm)?.length, 2);
});

Deno.test("toSevenBit() leaves a message alone that has no 8-bit characters", async (t) => {
  const cases = [
    lines("Subject: x", "", "hello"),
    lines("DKIM-Signature: v=1", "", "hello"),
    lines("Content-Type: multipart/mixed; boundary=x", "", "--x", "Subject: half"),
    "Subject: no end",
    lines("Content-Type: multipart/signed; boundary=x", "", "--x", ...TEXT_8BIT, "", "a", "--x--"),
    "",
  ];
  for (const message of cases) {
    await t.step(message.slice(0, 40), async () => strictEqual(await sent(message), message));
  }
});

Deno.test("sevenBitPlan() touches nothing that is signed, or that it cannot encode", async (t) => {
  const mime = ["MIME-Version: 1.0"];
  const cases = [
    { want: "its header has some", message: lines(...mime, "Subject: \xe9", "", "a") },
    { want: "it does not say how they are to be read", message: lines("Subject: x", "", "\xe9") },
    { want: "it is signed", message: lines("DKIM-Signature: v=1", ...mime, "", "\xe9") },
    {
      want: "a part of it is binary",
      message: lines(...mime, "Content-Transfer-Encoding: binary", "", "\xe9"),
    },
    {
      want: "a part of it is base64",
      message: lines(...mime, "Content-Transfer-Encoding: base64", "", "\xe9"),
    },
    {
      want: "a part of it is message/partial",
      message: lines(...mime, "Content-Type: message/partial", "", "\xe9"),
    },
    {
      want: "it is signed or encrypted",
      message: lines(
        ...[...mime, "Content-Type: multipart/signed; boundary=s", "", "--s"],
        ...["Content-Type: multipart/mixed; boundary=t", "", "--t", ...TEXT_8BIT, "", "\xe9"],
      ),
    },
    {
      want: "some stand between its parts",
      message: lines(...mime, "Content-Type: multipart/mixed; boundary=x", "", "\xe9", "--x--"),
    },
    {
      want: "its header has some",
      message: lines(
        ...[...mime, "Content-Type: multipart/mixed; boundary=x", "", "--x"],
        ...["Content-Type: text/plain; name=\xe9", "", "a"],
      ),
    },
    {
      want: "the header of a part is damaged",
      message: lines(
        ...[...mime, "Content-Type: multipart/mixed; boundary=x", "", "--x"],
        ...["Text behind no empty line", "", "\xe9", "--x--"],
      ),
    },
    {
      want: "Its header is too large",
      message: lines(...mime, ...Array(30).fill(`X: ${"x".repeat(10_000)}`), "", "\xe9"),
    },
    {
      want: "Its parts are nested too deeply",
      message: lines(
        ...mime,
        ...Array.from({ length: 30 }, (_, at) => [
          `Content-Type: multipart/mixed; boundary=b${at}`,
          "",
          `--b${at}`,
        ]).flat(),
        "",
        "\xe9",
      ),
    },
  ];
  for (const { want, message } of cases) {
    await t.step(want, async () => strictEqual(await sent(message, 1000), `not: ${want}`));
  }
});

async function partsIn(message: string): Promise<number> {
  const events = await Array.fromAsync(walkMime(chunksOf(message, 1000)));
  return events.filter(({ kind }) => kind === "header").length;
}

const anyLine = fc.string({
  unit: fc.constantFrom("a", " ", "\t", "=", ".", "-", "\xe9", "\xff", "\0", "\r", "x".repeat(70)),
  maxLength: 40,
}).filter((line) => !line.endsWith("\r"));

Deno.test("toSevenBit() is the same again once it is decoded, in lines that SMTP takes", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(anyLine, { maxLength: 8 }),
    fc.boolean(),
    fc.constantFrom("\n", "\r\n"),
    async (content, isEnded, lineEnd) => {
      const body = content.join(lineEnd) + (isEnded ? lineEnd : "");
      const message = lines("MIME-Version: 1.0", ...TEXT_8BIT, "") + body;
      const result = await sent(message);
      const text = result.slice(result.indexOf("\r\n\r\n") + 4);
      const wanted = body.replaceAll(/\r?\n/g, "\r\n");
      if (!/[\x80-\xff]/.test(body)) return strictEqual(text, wanted);
      const decoder = transformed(chunksOf(text), new QuotedPrintableDecoder());
      strictEqual(octetText(...await Array.fromAsync(decoder)), wanted);
      match(text, /^[\x20-\x7e\t\r\n]*$/);
      ok(text.split("\r\n").every((line) => line.length <= 76));
    },
  ));
});

Deno.test("toSevenBit() depends on no chunk, and knows no text that it cannot walk through", async () => {
  const piece = fc.constantFrom(
    ...[`${"x".repeat(75)}--a`, `\xe9${"x".repeat(72)}--a`, `${"x".repeat(20_000)}--a`],
    ...["--a", "--a--", "--b", "", "\xe9", "text", "Subject: x", "MIME-Version: 1.0", "\xff ="],
    ...["Content-Type: multipart/mixed; boundary=a", "Content-Type: multipart/digest; boundary=b"],
    ...["Content-Type: message/rfc822", "Content-Transfer-Encoding: 8bit", "Content-Type: text/x"],
  );
  await fc.assert(fc.asyncProperty(
    fc.array(piece, { maxLength: 30 }),
    fc.integer({ min: 1, max: 50 }),
    async (all, size) => {
      const message = lines(
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=a",
        ...all,
      );
      const whole = await sent(message, 1_000_000);
      equal(await sent(message, size), whole);
      if (whole.startsWith("not: ")) return;
      ok(!/[\x80-\xff]/.test(whole));
      strictEqual(await partsIn(whole), await partsIn(message));
    },
  ));
});

Deno.test("toSevenBit() keeps little of a line that never ends", async () => {
  const start = lines("MIME-Version: 1.0", ...TEXT_8BIT, "");
  async function* body() {
    yield octetsOf(start);
    for (let at = 0; at < 300; at++) yield octetsOf("\xe9".repeat(10_000));
  }
  const plan = await sevenBitPlan(body());
  if (plan.kind === "impossible") throw new Error(plan.reason);
  let longest = 0;
  for await (const chunk of toSevenBit(body(), plan.parts)) {
    longest = Math.max(longest, chunk.length);
  }
  ok(longest < 200_000);
});
