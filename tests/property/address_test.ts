import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  formatMailbox,
  parseAddress,
  parseAddressList,
  parsePath,
} from "../../src/formats/address.ts";

const noise = fc.array(
  fc.oneof(
    fc.constantFrom(...'<>()"\\,;:@. \r\n[]'),
    fc.constantFrom("bob", "é", "\0"),
    fc.string(),
  ),
).map((parts) => parts.join(""));

const atom = fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+\/=?^_`{|}~-]{1,12}$/);
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const quoted = fc.stringMatching(/^[ -~]{0,12}$/)
  .map((text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`);
const address = fc.tuple(
  fc.oneof(fc.array(atom, { minLength: 1, maxLength: 3 }).map((a) => a.join(".")), quoted),
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
).map(([local, domain]) => `${local}@${domain}`);

for (const [name, parse] of Object.entries({ parseAddress, parsePath })) {
  Deno.test(`${name}() throws nothing but SyntaxError`, () => {
    fc.assert(fc.property(noise, (text) => {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }));
  });
}

Deno.test("parseAddress() of what it returned returns the same", () => {
  fc.assert(fc.property(address, (text) => {
    const once = parseAddress(text);
    strictEqual(parseAddress(once), once);
  }));
});

Deno.test("parseAddressList() never throws and returns no space or control outside quotes", () => {
  fc.assert(fc.property(noise, (text) => {
    for (const { address } of parseAddressList(text)) {
      const bare = address.replaceAll(/"(?:[^"\\]|\\.)*"/g, "q");
      strictEqual(/[\s\p{Cc}<>,;]/u.test(bare) || !bare.includes("@"), false, address);
    }
  }));
});

Deno.test("parseAddressList() reads back what formatMailbox() wrote", () => {
  const name = fc.stringMatching(/^[!-~]{0,8}( [!-~]{1,8})?$/).map((text) => text.trim());
  const mailbox = fc.record({ name, address: address.map(parseAddress) }, {
    noNullPrototype: true,
  });
  fc.assert(fc.property(fc.array(mailbox, { maxLength: 5 }), (mailboxes) => {
    assertEquals(parseAddressList(mailboxes.map(formatMailbox).join(", ")), mailboxes);
  }));
});
