import { deepStrictEqual as assertEquals, rejects, strictEqual } from "node:assert/strict";
import { createDialer } from "../../../../src/agents/dialer/mod.ts";
import { LinkError } from "../../../../src/domain/link/mod.ts";
import { type CommandResult, type Commands, systemCommands } from "../../../../src/platform/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";

/** Commands that end as the test says and are written down. */
class FakeCommands implements Commands {
  readonly ran: string[] = [];
  readonly results: Record<string, CommandResult | Error> = {};

  run(command: string): Promise<CommandResult> {
    this.ran.push(command);
    const result = this.results[command] ?? { code: 0, output: "", timedOut: false };
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  }
}

function setup(options: { up?: string; down?: string; check?: string; ras?: boolean } = {}) {
  const commands = new FakeCommands();
  const dialer = createDialer(
    { up: "up", down: "down", check: "", timeoutMs: 1000, ras: false, ...options },
    { commands, clock: new ManualClock(), log: silentLog },
  );
  return { commands, dialer, signal: new AbortController().signal };
}

const ended = (code: number, output = ""): CommandResult => ({ code, output, timedOut: false });
const killed: CommandResult = { code: undefined, output: "", timedOut: true };

Deno.test("createDialer() without commands makes a line that is always up", async () => {
  const { commands, dialer, signal } = setup({ up: "", down: "" });
  assertEquals([dialer.permanent, dialer.description], [true, "always up"]);
  strictEqual(await dialer.dial(signal), "joined");
  await dialer.hangUp();
  assertEquals(commands.ran, []);
});

Deno.test("createDialer() says what ras_ settings need", () => {
  const { dialer } = setup({ up: "", down: "", ras: true });
  assertEquals(
    [dialer.permanent, dialer.description],
    [true, "always up (ras_ settings need link_up on this machine)"],
  );
});

Deno.test("dial() runs link_up, hangUp() runs link_down", async () => {
  const { commands, dialer, signal } = setup();
  assertEquals([dialer.permanent, dialer.description], [false, "dialled when needed"]);
  strictEqual(await dialer.dial(signal), "dialled");
  await dialer.hangUp();
  assertEquals(commands.ran, ["up", "down"]);
});

Deno.test("dial() joins a line that link_check finds up, and dials one that is down", async () => {
  const { commands, dialer, signal } = setup({ check: "check" });
  strictEqual(await dialer.dial(signal), "joined");
  commands.results.check = ended(1);
  strictEqual(await dialer.dial(signal), "dialled");
  assertEquals(commands.ran, ["check", "check", "up"]);
});

Deno.test("dial() fails when the line is down and there is no link_up", async () => {
  const { commands, dialer, signal } = setup({ up: "", check: "check" });
  strictEqual(dialer.description, "brought up by another program");
  commands.results.check = ended(1);
  await rejects(
    () => dialer.dial(signal),
    new LinkError("The line is down, and there is no link_up to dial it"),
  );
});

Deno.test("dial() says how link_up ended", async (t) => {
  const cases = [
    { result: ended(1, "Dialling\nBUSY\n"), want: "link_up ended with 1: BUSY", ran: ["up"] },
    { result: ended(3), want: "link_up ended with 3", ran: ["up"] },
    { result: killed, want: "link_up did not end in time", ran: ["up", "down"] },
    {
      result: { ...killed, timedOut: false, output: "no tone" },
      want: "link_up was killed: no tone",
      ran: ["up", "down"],
    },
  ];
  for (const { result, want, ran } of cases) {
    await t.step(want, async () => {
      const { commands, dialer, signal } = setup();
      commands.results.up = result;
      await rejects(() => dialer.dial(signal), new LinkError(want));
      assertEquals(commands.ran, ran);
    });
  }
});

Deno.test("dial() hangs up when it is aborted, and throws the abort reason", async () => {
  const { commands, dialer, signal } = setup();
  commands.results.up = new Error("shut down");
  commands.results.down = ended(1);
  await rejects(() => dialer.dial(signal), /shut down/);
  assertEquals(commands.ran, ["up", "down"]);
});

Deno.test("dial() finds the line up and takes it for its own until link_down has worked", async (t) => {
  const timesOut = async ({ commands, dialer, signal }: ReturnType<typeof setup>) => {
    commands.results.up = killed;
    await rejects(() => dialer.dial(signal), LinkError);
  };
  const comesUp = async ({ dialer, signal }: ReturnType<typeof setup>) => {
    await dialer.dial(signal);
    await rejects(() => dialer.hangUp(), LinkError);
  };
  for (const before of [comesUp, timesOut]) {
    await t.step(before.name, async () => {
      const line = setup({ check: "check" });
      line.commands.results.check = ended(1);
      line.commands.results.down = ended(2, "modem is busy");
      await before(line);
      line.commands.results.check = ended(0);
      strictEqual(await line.dialer.dial(line.signal), "dialled", "It must be hung up again");
      line.commands.results.down = ended(0);
      await line.dialer.hangUp();
      strictEqual(await line.dialer.dial(line.signal), "joined");
    });
  }
});

Deno.test("hangUp() fails when link_down does", async () => {
  const { commands, dialer } = setup();
  commands.results.down = ended(2, "no such device");
  await rejects(() => dialer.hangUp(), new LinkError("link_down ended with 2: no such device"));
});

Deno.test("dial() runs real commands", { ignore: Deno.build.os === "windows" }, async () => {
  const dialer = createDialer(
    { up: "echo no carrier >&2; exit 7", down: "", check: "false", timeoutMs: 60_000, ras: false },
    { commands: systemCommands, clock: new ManualClock(), log: silentLog },
  );
  await rejects(
    () => dialer.dial(new AbortController().signal),
    new LinkError("link_up ended with 7: no carrier"),
  );
});
