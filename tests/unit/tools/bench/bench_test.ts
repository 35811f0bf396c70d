import { ok, rejects, strictEqual, throws } from "node:assert/strict";
import { type Benchmark, median } from "../../../../tools/bench/benchmark.ts";
import { untilDelivered } from "../../../../tools/bench/drop_files.ts";
import { usageWhile } from "../../../../tools/bench/process_usage.ts";
import { table } from "../../../../tools/bench/report.ts";
import { tempDir } from "../../../support/temp_dir.ts";

Deno.test("median() is the one in the middle", async (t) => {
  const cases = [
    { values: [3], want: 3 },
    { values: [9, 1, 5], want: 5 },
    { values: [4, 1, 2, 9], want: 3 },
  ];
  for (const { values, want } of cases) {
    await t.step(values.join(), () => strictEqual(median(values), want));
  }
  throws(() => median([]), RangeError);
});

Deno.test("table() shows medians and the ratio of ours to the peer's", () => {
  const benchmark: Benchmark = {
    title: "Mail",
    unit: "messages",
    peer: "Postfix",
    programs: [],
    run: () => Promise.reject(new Error("Not run here")),
  };
  const one = (perSecond: number) => ({
    perSecond,
    usage: { cpuSeconds: 1.5, peakOctets: 20_000_000 },
  });
  const result = { ours: [one(100), one(900), one(300)], theirs: [one(200), one(200), one(200)] };
  const row = table([{ benchmark, result }]).split("\n").at(-1) ?? "";
  strictEqual(row, "| Mail | 300 messages/s | Postfix: 200 | 1.50 | 1.50 | 1.50 | 20 | 20 |");
});

Deno.test("untilDelivered() counts the messages of several mbox files", async () => {
  await using temp = await tempDir();
  const message = "From ann Fri Nov 20 09:00:00 2026\nSubject: a\n\n>From here\nFrom-ish\n\n";
  await Deno.writeTextFile(`${temp.path}/anna`, message.repeat(7000));
  const files = [`${temp.path}/anna`, `${temp.path}/bob`];
  await untilDelivered(files, 7000);
  const more = untilDelivered(files, 7001);
  await Deno.writeTextFile(`${temp.path}/bob`, message);
  await more;
});

Deno.test("usageWhile() counts processes below the one that is named", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const { result, usage } = await usageWhile(Deno.pid, async () => {
    const loop = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
    return (await new Deno.Command("sh", { args: ["-c", loop] }).output()).code;
  });
  strictEqual(result, 0);
  ok(usage.cpuSeconds > 0);
  ok(usage.peakOctets > 1e6);
  await rejects(usageWhile(Deno.pid, () => Promise.reject(new Error("no"))), /no/);
});
