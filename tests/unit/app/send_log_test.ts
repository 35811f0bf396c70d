import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { SendLog } from "../../../src/app/send_log.ts";
import type { LogLine } from "../../../src/platform/mod.ts";

/** Logs that a test writes to. */
function fakeLogs() {
  const listeners = new Set<(line: LogLine) => void>();
  return {
    subscribe(listener: (line: LogLine) => void): Disposable {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    say(text: string, program: LogLine["program"] = "dsmtp") {
      for (const listener of listeners) listener({ atMs: 0, program, level: "info", text });
    },
    get listeners() {
      return listeners.size;
    },
  };
}

Deno.test("SendLog remembers lines about mail for the world, and no others", () => {
  const logs = fakeLogs();
  using sendLog = new SendLog(logs);
  const about = [
    "Delivered id=1 to=bob@world.example by=relay:bob@world.example ms=10",
    'Deferred id=1 to=bob@world.example by="relay:a b@world.example" ms=10 status=4.4.1',
    "Bounced id=1 to=bob@world.example status=5.1.1 reason=no notice=2",
    "Told the sender id=1 to=bob@world.example action=delayed notice=3",
    "Next host failed host=gw address=192.0.2.1 port=25 reason=refused",
    "No next host to=world.example kind=temporary status=4.4.3 reason=silence",
    "Outgoing mail was suspended",
  ];
  const others = [
    "Delivered id=2 to=bob@office.example by=maildrop:bob ms=1",
    "Queued id=1 from=a@b to=bob@world.example by=relay:x",
    "Refused a recipient from=192.0.2.1",
  ];
  for (const text of [...others, ...about]) logs.say(text);
  for (const text of about) logs.say(text, "dpop");
  equal(sendLog.lines.map(({ text }) => text), about);
});

Deno.test("SendLog remembers the last 200 lines, until it is disposed", () => {
  const logs = fakeLogs();
  const sendLog = new SendLog(logs);
  for (let n = 0; n < 300; n++) logs.say(`Bounced id=${n}`);
  equal([sendLog.lines.length, sendLog.lines[0]?.text], [200, "Bounced id=100"]);
  sendLog[Symbol.dispose]();
  strictEqual(logs.listeners, 0);
});
