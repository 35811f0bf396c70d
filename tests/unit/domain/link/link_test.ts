import { deepStrictEqual as assertEquals, rejects, strictEqual } from "node:assert/strict";
import { Link, LinkError } from "../../../../src/domain/link/mod.ts";
import { FakeDialer } from "../../../support/fake_dialer.ts";
import { ManualClock, settle } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";

function setup({ permanent = false } = {}) {
  const [clock, dialer] = [new ManualClock(), new FakeDialer()];
  dialer.permanent = permanent;
  const errors: string[] = [];
  const log = { ...silentLog, error: (event: string) => void errors.push(event) };
  const link = new Link({ clock, dialer, log, lingerMs: 5_000 });
  const states: string[] = [];
  link.onChange((state) => states.push(state));
  const controller = new AbortController();
  return { clock, dialer, errors, link, states, controller, signal: controller.signal };
}

/** Dials until its signal is aborted, then takes `ending` to stop. */
function endlessDial(ending: Promise<void> = Promise.resolve()) {
  return (signal: AbortSignal) =>
    new Promise<"dialled">((_resolve, reject) => {
      signal.addEventListener("abort", () => ending.then(() => reject(signal.reason)));
    });
}

Deno.test("Link dials once for two leases and hangs up after the last", async () => {
  const { clock, dialer, link, signal, states } = setup();
  {
    using _fetch = await link.hold(signal);
    using _flush = await link.hold(signal);
  }
  await clock.advance(4_999);
  assertEquals(dialer.calls, ["dial"]);
  await clock.advance(1);
  assertEquals(dialer.calls, ["dial", "hang up"]);
  assertEquals(states, ["dialling", "up", "hanging up", "down"]);
});

Deno.test("Link stays up when a new lease is taken while it lingers", async () => {
  const { clock, dialer, link, signal } = setup();
  (await link.hold(signal))[Symbol.dispose]();
  await clock.advance(4_000);
  using lease = await link.hold(signal);
  await clock.advance(60_000);
  assertEquals(dialer.calls, ["dial"]);
  strictEqual(lease.line, "dialled");
});

Deno.test("Link tells since when it is in its state", async () => {
  const { clock, link, signal } = setup();
  await clock.advance(1_000);
  using _lease = await link.hold(signal);
  await clock.advance(7_000);
  assertEquals([link.state, clock.now() - link.sinceMs], ["up", 7_000]);
});

Deno.test("Link never hangs up a line it has only joined", async () => {
  const { clock, dialer, link, signal, states } = setup();
  dialer.nextDial = () => Promise.resolve("joined");
  {
    using lease = await link.hold(signal);
    strictEqual(lease.line, "joined");
  }
  await clock.advance(60_000);
  assertEquals(dialer.calls, ["dial"]);
  assertEquals(states, ["dialling", "up", "down"]);
});

Deno.test("Link neither dials nor hangs up a permanent line", async () => {
  const { clock, dialer, link, signal } = setup({ permanent: true });
  {
    using lease = await link.hold(signal);
    strictEqual(lease.line, "always up");
  }
  await clock.advance(60_000);
  await link[Symbol.asyncDispose]();
  assertEquals([dialer.calls, link.state], [[], "up"]);
});

Deno.test("Link dials afresh after a failed dial", async () => {
  const { dialer, link, signal, states } = setup();
  dialer.nextDial = () => Promise.reject(new LinkError("BUSY"));
  await rejects(() => link.hold(signal), new LinkError("BUSY"));
  dialer.nextDial = () => Promise.resolve("dialled");
  using _lease = await link.hold(signal);
  assertEquals(dialer.calls, ["dial", "dial"]);
  assertEquals(states, ["dialling", "down", "dialling", "up"]);
});

Deno.test("Link waits for the modem to hang up before it dials again", async () => {
  const { clock, dialer, link, signal } = setup();
  const modem = Promise.withResolvers<void>();
  dialer.nextHangUp = () => modem.promise;
  (await link.hold(signal))[Symbol.dispose]();
  await clock.advance(5_000);
  const again = link.hold(signal);
  await settle();
  assertEquals(dialer.calls, ["dial", "hang up"]);
  modem.resolve();
  using _lease = await again;
  assertEquals(dialer.calls, ["dial", "hang up", "dial"]);
});

Deno.test("Link reports a failed hang-up and can dial again", async () => {
  const { clock, dialer, errors, link, signal } = setup();
  dialer.nextHangUp = () => Promise.reject(new Error("no carrier"));
  (await link.hold(signal))[Symbol.dispose]();
  await clock.advance(5_000);
  using _lease = await link.hold(signal);
  assertEquals(errors, ["Cannot hang up"]);
  assertEquals(dialer.calls, ["dial", "hang up", "dial"]);
});

Deno.test("Link gives up dialling when the only one who waits is aborted", async () => {
  const { controller, dialer, link, signal, states } = setup();
  dialer.nextDial = endlessDial();
  const held = link.hold(signal);
  await settle();
  controller.abort(new Error("shut down"));
  await rejects(held, /shut down/);
  await settle();
  assertEquals([dialer.calls, link.state], [["dial"], "down"]);
  assertEquals(states, ["dialling", "down"]);
});

Deno.test("Link goes on dialling for the other when one of two is aborted", async () => {
  const { controller, dialer, link, signal } = setup();
  const modem = Promise.withResolvers<"dialled">();
  dialer.nextDial = () => modem.promise;
  const first = link.hold(signal);
  const second = link.hold(new AbortController().signal);
  await settle();
  controller.abort(new Error("not needed"));
  await rejects(first, /not needed/);
  modem.resolve("dialled");
  using lease = await second;
  assertEquals([lease.line, link.state, dialer.calls], ["dialled", "up", ["dial"]]);
});

Deno.test("Link dials anew only when the dialling that was given up has ended", async () => {
  const { controller, dialer, link, signal } = setup();
  const ending = Promise.withResolvers<void>();
  dialer.nextDial = endlessDial(ending.promise);
  const first = link.hold(signal);
  await settle();
  controller.abort(new Error("not needed"));
  await rejects(first);
  dialer.nextDial = () => Promise.resolve("dialled");
  const second = link.hold(new AbortController().signal);
  await settle();
  assertEquals(dialer.calls, ["dial"]);
  ending.resolve();
  using _lease = await second;
  assertEquals([dialer.calls, link.state], [["dial", "dial"], "up"]);
});

Deno.test("Link hangs up a line that came up although nobody waits any more", async () => {
  const { controller, dialer, link, signal } = setup();
  const modem = Promise.withResolvers<"dialled">();
  dialer.nextDial = () => modem.promise;
  const held = link.hold(signal);
  await settle();
  controller.abort(new Error("shut down"));
  await rejects(held);
  modem.resolve("dialled");
  await settle();
  assertEquals([dialer.calls, link.state], [["dial", "hang up"], "down"]);
});

Deno.test("Link.hold() takes nothing when its signal is aborted already", async () => {
  const { controller, dialer, link, signal } = setup();
  controller.abort(new Error("shut down"));
  await rejects(() => link.hold(signal), /shut down/);
  assertEquals(dialer.calls, []);
});

Deno.test("a lease disposed twice counts once", async () => {
  const { clock, dialer, link, signal } = setup();
  using _other = await link.hold(signal);
  const lease = await link.hold(signal);
  lease[Symbol.dispose]();
  lease[Symbol.dispose]();
  await clock.advance(60_000);
  assertEquals(dialer.calls, ["dial"]);
});

Deno.test("disposing Link hangs up without lingering, and twice is harmless", async () => {
  const { dialer, link, signal } = setup();
  (await link.hold(signal))[Symbol.dispose]();
  await link[Symbol.asyncDispose]();
  await link[Symbol.asyncDispose]();
  assertEquals([dialer.calls, link.state], [["dial", "hang up"], "down"]);
});

Deno.test("Link.onChange() tells nothing more once disposed", async () => {
  const { link, signal } = setup();
  const seen: string[] = [];
  {
    using _watch = link.onChange((state) => seen.push(state));
    using _lease = await link.hold(signal);
  }
  await link[Symbol.asyncDispose]();
  assertEquals(seen, ["dialling", "up"]);
});
