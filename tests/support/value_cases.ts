import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import type { ValueType } from "../../src/config/setting.ts";

/** A type with texts it reads, what they mean, and texts it refuses. */
export interface TypeCases {
  readonly name: string;
  readonly type: ValueType<unknown>;
  readonly valid: readonly (readonly [text: string, value: unknown])[];
  readonly invalid: readonly string[];
}

/** A test for each type: what is valid is read, the rest is refused with advice what to write. */
export function testTypes(cases: readonly TypeCases[]): void {
  for (const { name, type, valid, invalid } of cases) {
    Deno.test(`${name} reads what is valid and refuses the rest with advice`, async (t) => {
      for (const [text, want] of valid) {
        await t.step(text, () => assertEquals(type.parse(text, () => {}), want));
      }
      for (const text of invalid) {
        await t.step(`refuses ${JSON.stringify(text)}`, () => {
          throws(() => type.parse(text, () => {}), { name: "SyntaxError", message: /write/ });
        });
      }
    });
  }
}
