import { strictEqual } from "node:assert/strict";
import { TriedPasswords } from "../../../../src/domain/guard/tried_passwords.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

const SAVED = { user: "bob", password: "old" };

Deno.test("repeats() knows a password of a user again, from the same source alone", async (t) => {
  const cases = [
    { name: "the same", source: "a", user: "bob", password: "old", want: true },
    { name: "the user in another case", source: "a", user: "Bob", password: "old", want: true },
    { name: "another case", source: "a", user: "bob", password: "Old", want: false },
    { name: "another user", source: "a", user: "ann", password: "old", want: false },
    { name: "another source", source: "b", user: "bob", password: "old", want: false },
    { name: "divided elsewhere", source: "a", user: "bobo", password: "ld", want: false },
  ];
  for (const { name, source, user, password, want } of cases) {
    await t.step(name, () => {
      const tried = new TriedPasswords(new ManualClock());
      strictEqual(tried.repeats("a", SAVED, 1000), false);
      strictEqual(tried.repeats(source, { user, password }, 1000), want);
    });
  }
});

Deno.test("repeats() remembers the latest, and forgets after the time", async () => {
  const clock = new ManualClock();
  const tried = new TriedPasswords(clock, { maxRemembered: 2 });
  const repeats = (password: string) => tried.repeats("a", { user: "bob", password }, 1000);
  repeats("1");
  repeats("2");
  strictEqual(repeats("1"), true);
  repeats("3");
  strictEqual(repeats("1"), true);
  strictEqual(repeats("2"), false);
  await clock.advance(1000);
  strictEqual(repeats("1"), false);
});
