/**
 * Plays, in the time zone of this process, a night in which the clock on the wall changes, and prints
 * when a message was tried and what the notice about it says. The zone of a process is fixed when it
 * starts: a test runs this as one of its own.
 *
 * Usage: summer_time_night.ts EPOCH_MS
 *
 * @module
 */
import { HOUR_MS, NOTICES, QueueRig, submit } from "./queue_rig.ts";

const beginMs = Number(Deno.args[0]);
const rig = new QueueRig();
rig.clock.setWall(beginMs);
rig.lineUp = true;
const triedHours: number[] = [];
rig.relay.answer = () => {
  triedHours.push((rig.clock.now() - beginMs) / HOUR_MS);
  return { kind: "temporary", status: "4.2.0", reason: "busy" };
};
const notices = () => ({ ...NOTICES, timezone: "" });
const queue = await rig.open(rig.disk.files, { notices });
{
  await using _run = rig.run(queue);
  await submit(queue, ["bob@world"], { sender: "ann@here" });
  for (let hour = 0; hour < 12; hour++) await rig.clock.advance(HOUR_MS);
}
const [notice] = rig.maildrop.deliveries;
const dates = /^(?:Arrival|Last-Attempt)-Date: .*$/gm;
console.log(JSON.stringify({ triedHours, dates: notice?.text.match(dates) }));
