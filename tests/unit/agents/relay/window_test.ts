import { strictEqual } from "node:assert/strict";
import { type Share, Window } from "../../../../src/agents/relay/window.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";

const KIB = 1024;

/** Takes shares while there is room, and tells how many octets that was. */
async function fill(window: Window, octets = KIB): Promise<readonly Share[]> {
  const shares: Share[] = [];
  while (window.hasRoom(octets)) shares.push(await window.take(octets));
  return shares;
}

Deno.test("take() waits until there is room, and lets something go however large", async () => {
  const window = new Window(new ManualClock());
  const large = await window.take(100_000 * KIB);
  let taken = false;
  const second = window.take(1).then((share) => {
    taken = true;
    return share;
  });
  await settle();
  strictEqual(taken, false);
  window.give(large);
  window.give(await second);
});

Deno.test("a window grows with answers that come soon, to a bound", async () => {
  const window = new Window(new ManualClock());
  const sizes: number[] = [];
  for (let round = 0; round < 5; round++) {
    const shares = await fill(window);
    sizes.push(shares.length);
    for (const share of shares) window.give(share);
  }
  strictEqual(sizes.join(), "128,256,512,1024,1024");
});

Deno.test("a window shrinks when answers take more than ten seconds, to a bound", async () => {
  const clock = new ManualClock();
  const window = new Window(clock);
  const shares = await fill(window);
  await clock.advance(10_001);
  for (const share of shares) window.give(share);
  strictEqual((await fill(window)).length, 16);
});
