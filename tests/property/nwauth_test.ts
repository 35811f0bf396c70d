import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  formatNwauthLine,
  infoField,
  type NwauthLine,
  parseNwauthLine,
  userNameComplaint,
} from "../../src/formats/nwauth.ts";

const user = fc.stringMatching(/^[a-z0-9_][a-z0-9._+=~&'@-]{0,77}$/)
  .filter((name) => userNameComplaint(name) === undefined);
const text = fc.string({ unit: "binary" }).map((s) => s.replaceAll(/[\r\n\0]/g, ""));
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(model, { noNullPrototype: true });
const line: fc.Arbitrary<NwauthLine> = fc.oneof(
  record({ kind: fc.constant("deleted" as const), user }),
  record({
    kind: fc.constant("user" as const),
    entry: record({
      user,
      passwordHash: text.map((s) => s.replaceAll(":", "")),
      info: text,
    }),
  }),
);

Deno.test("parseNwauthLine(formatNwauthLine(line)) is the line", () => {
  fc.assert(fc.property(line, (line) => {
    deepStrictEqual(parseNwauthLine(formatNwauthLine(line)), line);
  }));
});

Deno.test("parseNwauthLine() throws nothing but SyntaxError", () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), text), (line) => {
    try {
      parseNwauthLine(line);
    } catch (error) {
      strictEqual(error instanceof SyntaxError, true, String(error));
    }
  }));
});

Deno.test("parseNwauthLine() reads only names that can be users", () => {
  fc.assert(fc.property(fc.string(), (name) => {
    try {
      const line = parseNwauthLine(`${name}:x:`);
      strictEqual(userNameComplaint(line.kind === "user" ? line.entry.user : line.user), undefined);
    } catch (error) {
      strictEqual(error instanceof SyntaxError, true, String(error));
    }
  }));
});

Deno.test("infoField() finds a field among anything that has no quotes", () => {
  const unquoted = text.map((s) => s.replaceAll(/["=]/g, ""));
  fc.assert(fc.property(unquoted, unquoted, unquoted, (before, value, after) => {
    strictEqual(infoField(`${before} fwd="${value}" ${after}`, "fwd"), value);
  }));
});
