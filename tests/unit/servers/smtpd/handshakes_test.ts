import { deepStrictEqual } from "node:assert/strict";
import { Handshakes } from "../../../../src/servers/smtpd/handshakes.ts";

const LIMITS = { max: 4, maxPerAddress: 3 };

/** Adds `a1`, `a2`, `b1` … of the addresses `a` and `b`. */
function handshakesOf(...names: readonly string[]) {
  const handshakes = new Handshakes<string>();
  const add = (name: string) => handshakes.add(name, name[0]!, LIMITS);
  for (const name of names) add(name);
  return { handshakes, add };
}

Deno.test("add() takes as many of one address as it may have, and again when one is done", () => {
  const { handshakes, add } = handshakesOf("a1", "a2", "a3");
  deepStrictEqual(add("a4"), { added: false });
  deepStrictEqual(add("b1"), { added: true });
  handshakes.delete("a1");
  handshakes.delete("a1");
  deepStrictEqual(add("a5"), { added: true });
});

Deno.test("add() gives the place of the oldest of whoever has most to one who has fewer", async (t) => {
  const cases = [
    { open: ["b1", "a1", "a2", "a3"], name: "c1", want: { added: true, instead: "a1" } },
    { open: ["b1", "a1", "a2", "a3"], name: "b2", want: { added: true, instead: "a1" } },
    { open: ["a1", "a2", "b1", "b2"], name: "c1", want: { added: true, instead: "a1" } },
    { open: ["a1", "a2", "b1", "b2"], name: "b3", want: { added: false } },
    { open: ["a1", "b1", "c1", "d1"], name: "e1", want: { added: false } },
  ];
  for (const { open, name, want } of cases) {
    await t.step(`${open} ${name}`, () => deepStrictEqual(handshakesOf(...open).add(name), want));
  }
});

Deno.test("add() counts an IPv6 network as one address", () => {
  const handshakes = new Handshakes<string>();
  const added = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"].map((address) =>
    handshakes.add(address, address, { max: 9, maxPerAddress: 1 }).added
  );
  deepStrictEqual(added, [true, false, true]);
});
