import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Session, SessionState } from "../../../../src/servers/smtpd/host.ts";
import type { Client } from "../../../../src/servers/smtpd/replies.ts";
import { Sessions } from "../../../../src/servers/smtpd/sessions.ts";
import { clientOf } from "../../../support/smtp_client_facts.ts";

/** A session that only is there. */
class FakeSession implements Session {
  readonly client: Client;
  state: SessionState = "waits for a command";
  readonly sender = undefined;
  readonly limits = { accepted: 0, openedMs: 0 };
  readonly overdue = undefined;
  isClosing = false;
  inTransaction = false;
  readonly hasQuit = false;
  destroyed = false;

  constructor(address: string) {
    this.client = clientOf({ address });
  }

  dismiss(): void {
    this.isClosing = true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** Adds a session for each address. */
function sessionsFrom(addresses: readonly string[]) {
  const sessions = new Sessions();
  const all = addresses.map((address) => new FakeSession(address));
  for (const session of all) sessions.add(session);
  return { sessions, all };
}

Deno.test("Sessions counts who is open, in all and from one address", () => {
  const { sessions, all } = sessionsFrom(["a", "b", "2001:db8::1", "2001:db8::2", "a"]);
  strictEqual(sessions.open, 5);
  strictEqual(sessions.openFrom("a"), 2);
  strictEqual(sessions.openFrom("2001:db8::3"), 2);
  all[0]!.dismiss();
  for (let left = 2; left > 0; left--) sessions.leave(all[0]!);
  strictEqual(sessions.open, 4);
  strictEqual(sessions.openFrom("a"), 1);
  for (const session of all) sessions.delete(session);
  sessions.delete(all[0]!);
  strictEqual(sessions.open, 0);
  strictEqual(sessions.all.size, 0);
  deepStrictEqual([...sessions.from("a")], []);
});

Deno.test("leave() knows nobody who was not added, or has left", () => {
  const { sessions, all } = sessionsFrom(["a", "a"]);
  sessions.leave(new FakeSession("a"));
  strictEqual(sessions.openFrom("a"), 2);
  sessions.delete(all[0]!);
  sessions.leave(all[0]!);
  strictEqual(sessions.open, 1);
  strictEqual(sessions.openFrom("a"), 1);
});

Deno.test("Sessions numbers its sessions and uses no number twice", () => {
  const { sessions, all } = sessionsFrom(["a", "b"]);
  sessions.delete(all[1]!);
  sessions.add(new FakeSession("c"));
  deepStrictEqual([...sessions.all.values()].map(({ id }) => id), [1, 3]);
});

Deno.test("toMakeRoomFor() takes from who has most, and never to give it to who has as many", async (t) => {
  const cases = [
    { from: ["a", "a", "a", "b"], asks: "b", want: 0 },
    { from: ["b", "a", "a"], asks: "c", want: 1 },
    { from: ["a", "a", "b", "b", "b"], asks: "c", want: 2 },
    { from: ["a", "a"], asks: "b", want: 0 },
    { from: ["a", "a"], asks: "a", want: undefined },
    { from: ["a", "a", "b"], asks: "b", want: undefined },
    { from: ["a", "b"], asks: "c", want: undefined },
  ];
  for (const { from, asks, want } of cases) {
    await t.step(`${from} ${asks}`, () => {
      const { sessions, all } = sessionsFrom(from);
      strictEqual(sessions.toMakeRoomFor(asks), want === undefined ? undefined : all[want]);
    });
  }
});

Deno.test("toMakeRoomFor() takes an idle session first, whoever's it is", () => {
  const { sessions, all } = sessionsFrom(["a", "a", "a", "b", "a", "a"]);
  const take = (index: number, state: SessionState) => {
    all[index]!.inTransaction = true;
    all[index]!.state = state;
  };
  take(0, "receives a message");
  take(1, "waits for a command");
  strictEqual(sessions.toMakeRoomFor("c"), all[2]);
  for (const index of [2, 4, 5]) take(index, "works on a command");
  strictEqual(sessions.toMakeRoomFor("c"), all[1]); // b has no more than c would have.
  sessions.add(new FakeSession("b"));
  strictEqual(sessions.toMakeRoomFor("c"), all[3]);
});

Deno.test("toMakeRoomFor() takes a message that was only begun, if nothing is idle", () => {
  const { sessions, all } = sessionsFrom(["a", "a", "a"]);
  for (const session of all) session.inTransaction = true;
  all[0]!.state = "receives a message";
  all[1]!.state = "works on a command";
  strictEqual(sessions.toMakeRoomFor("b"), all[2]);
});

Deno.test("toMakeRoomFor() takes what is being received from who brings too much at a time", async (t) => {
  for (const { count, isTaken } of [{ count: 10, isTaken: false }, { count: 11, isTaken: true }]) {
    await t.step(`${count} messages`, () => {
      const { sessions, all } = sessionsFrom(Array.from({ length: count }, () => "a"));
      for (const session of all) {
        session.inTransaction = true;
        session.state = "receives a message";
      }
      all[0]!.state = "works on a command";
      strictEqual(sessions.toMakeRoomFor("b"), isTaken ? all[1] : undefined);
    });
  }
});

Deno.test("toMakeRoomFor() takes nothing from who is exempt", () => {
  const { sessions, all } = sessionsFrom(["a", "a", "a", "b", "b"]);
  strictEqual(sessions.toMakeRoomFor("c", { isExempt: (address) => address === "a" }), all[3]);
  strictEqual(sessions.toMakeRoomFor("c", { isExempt: () => true }), undefined);
});

Deno.test("toMakeRoomFor() takes from anybody for who is preferred", () => {
  const { sessions, all } = sessionsFrom(["a", "b", "c", "c"]);
  const isExempt = (address: string) => address === "c";
  all[0]!.inTransaction = true;
  strictEqual(sessions.toMakeRoomFor("c", { isExempt }), undefined);
  strictEqual(sessions.toMakeRoomFor("c", { isExempt, isPreferred: true }), all[1]);
});

Deno.test("add() cuts off who was refused and does not leave", () => {
  const { sessions, all } = sessionsFrom(["a", "a", "a", "a", "a", "a"]);
  for (const session of all) {
    session.dismiss();
    sessions.leave(session);
  }
  const next = new FakeSession("a");
  sessions.add(next);
  deepStrictEqual(all.map(({ destroyed }) => destroyed), [true, ...Array(5).fill(false)]);
  strictEqual(next.destroyed, false);
  sessions.add(new FakeSession("b"));
  strictEqual(all.filter(({ destroyed }) => destroyed).length, 1);
});
