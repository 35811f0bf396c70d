import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatReply } from "../../src/formats/pop3.ts";
import { REPLIES } from "../../src/servers/pop3d/replies.ts";
import { cutAt } from "../support/chunks.ts";
import { delivery, served, uidsNow } from "../support/maildrop_store.ts";
import { type TestServer, testServer } from "../support/pop3_server.ts";

const COUNT = 4;
const TEXTS = Array.from(
  { length: COUNT },
  (_, i) => `Subject: ${i}\r\n\r\n.${i}\r\n..\r\nend\r\n`,
);

/** What a session should answer, from plain arrays. */
class Model {
  readonly deleted = new Set<number>();
  readonly #ids: readonly string[];

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  /** The whole reply to one command. */
  answer(command: string): string {
    const [keyword, first, second] = command.split(" ");
    const number = Number(first);
    if (keyword === "NOOP") return formatReply(REPLIES.done);
    if (keyword === "STAT") return formatReply(REPLIES.status(this.#left, this.#octets));
    if (keyword === "RSET") {
      this.deleted.clear();
      return formatReply(REPLIES.reset(this.#left, this.#octets));
    }
    if (keyword === "LIST" && first === undefined) {
      const head = formatReply(REPLIES.listing(this.#left, this.#octets));
      return head + this.#remaining().map((n) => `${n} ${this.#text(n).length}\r\n`).join("") +
        ".\r\n";
    }
    if (number < 1 || number > COUNT) return formatReply(REPLIES.noSuchMessage(this.#left));
    if (this.deleted.has(number)) return formatReply(REPLIES.alreadyDeleted(number));
    if (keyword === "LIST") return formatReply(REPLIES.one(number, this.#text(number).length));
    if (keyword === "UIDL") return formatReply(REPLIES.one(number, this.#ids[number - 1] ?? ""));
    if (keyword === "RETR") {
      return formatReply(REPLIES.message(this.#text(number).length)) + stuffed(this.#text(number));
    }
    if (keyword === "TOP") {
      const [head, body = ""] = this.#text(number).split("\r\n\r\n");
      const lines = body.split("\r\n").slice(0, -1).slice(0, Number(second));
      const part = `${head}\r\n\r\n` + lines.map((line) => `${line}\r\n`).join("");
      return formatReply(REPLIES.top) + stuffed(part);
    }
    this.deleted.add(number);
    return formatReply(REPLIES.deleted(number));
  }

  #text(number: number): string {
    return served(this.#ids[number - 1] ?? "", TEXTS[number - 1] ?? "");
  }

  #remaining(): number[] {
    return TEXTS.map((_, index) => index + 1).filter((n) => !this.deleted.has(n));
  }

  get #left(): number {
    return this.#remaining().length;
  }

  get #octets(): number {
    return this.#remaining().reduce((sum, n) => sum + this.#text(n).length, 0);
  }
}

function stuffed(text: string): string {
  return text.replaceAll("\r\n.", "\r\n..") + ".\r\n";
}

const number = fc.nat(COUNT + 1);
const command = fc.oneof(
  fc.constantFrom("NOOP", "STAT", "RSET", "LIST"),
  fc.tuple(fc.constantFrom("LIST", "UIDL", "RETR", "DELE"), number).map((parts) => parts.join(" ")),
  fc.tuple(number, fc.nat(5)).map(([n, lines]) => `TOP ${n} ${lines}`),
);

/** Sends `script` in pieces and reads all there is to its end. */
async function converse(server: TestServer, script: string, places: readonly number[]) {
  using conn = await server.connect();
  const answers = new Response(conn.readable).text();
  const writer = conn.writable.getWriter();
  for (const piece of cutAt(new TextEncoder().encode(script), places)) await writer.write(piece);
  return await answers;
}

Deno.test("pop3d answers any pipelined commands in order, however they are cut, and deletes at QUIT", async () => {
  await using server = await testServer();
  let run = 0;
  const commands = fc.array(command, { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(commands, fc.array(fc.nat(300)), fc.boolean(), async (list, places, quits) => {
      run++;
      const ids = TEXTS.map((_, index) => `r${run}-${index + 1}`);
      await server.store.deliver("bob", ids.map((id, index) => delivery(id, TEXTS[index] ?? "")));
      const model = new Model(ids);
      const answers = list.map((line) => model.answer(line));
      const last = quits ? "QUIT" : "XXXX\r\n".repeat(10).trimEnd();
      const lines = ["USER bob", "PASS secret", ...list, last, ""];
      const got = await converse(server, lines.join("\r\n"), places);
      const [, , loggedIn = ""] = got.split("\r\n");
      const begin = got.indexOf(loggedIn) + loggedIn.length + 2;
      strictEqual(got.slice(begin, begin + answers.join("").length), answers.join(""));
      const gone = quits ? model.deleted : new Set<number>();
      deepStrictEqual(await uidsNow(server.store, "bob"), ids.filter((_, i) => !gone.has(i + 1)));
      await using rest = await server.store.lock("bob");
      await rest?.remove(rest.messages.map(({ uid }) => uid));
    }),
    { numRuns: 60 },
  );
});

Deno.test("pop3d survives any octets and answers with nothing but replies", async () => {
  await using server = await testServer();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 15 }),
      async (lines) => {
        using conn = await server.connect();
        const answers = new Response(conn.readable).text().catch(() => "");
        for (const line of lines) await conn.write(line).catch(() => {});
        await conn.write(new TextEncoder().encode("\r\nQUIT\r\n")).catch(() => {});
        await conn.closeWrite().catch(() => {});
        const odd = (await answers).split("\r\n").filter((line) =>
          !/^(\+OK|-ERR)( |$)|^$/.test(line)
        );
        deepStrictEqual(odd, []);
      },
    ),
    { numRuns: 60 },
  );
  deepStrictEqual(server.log.events("error"), []);
});
