import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";

/** Runs a few lines in a process of their own, with `signals` at hand. */
async function outcome(lines: string, signal?: Deno.Signal) {
  const module = new URL("../../../src/platform/mod.ts", import.meta.url).href;
  const code = `import { systemSignals } from ${JSON.stringify(module)};
    const signals = systemSignals();
    const beat = setInterval(() => {}, 1000);
    ${lines}
    console.log("ready");`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", code],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  let sent = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    if (signal !== undefined && !sent && output.includes("ready")) {
      sent = true;
      child.kill(signal);
    }
  }
  const { code: exitCode } = await child.status;
  const errors = await new Response(child.stderr).text();
  return { code: exitCode, output: output.replace("ready\n", ""), errors };
}

const unix = Deno.build.os !== "windows";

Deno.test({
  name: "systemSignals() asks to stop once for a Ctrl-C that comes twice",
  ignore: !unix,
  async fn() {
    const { code, output } = await outcome(
      `signals.stop.addEventListener("abort", () => {
         console.log("stopping");
         Deno.kill(Deno.pid, "SIGINT"); // As a program above us hands it on.
         setTimeout(() => Deno.exit(5), 300);
       });`,
      "SIGINT",
    );
    assertEquals({ code, output }, { code: 5, output: "stopping\n" });
  },
});

Deno.test({
  name: "systemSignals() ends at once when asked again",
  ignore: !unix,
  async fn() {
    const { code, output } = await outcome(
      `signals.stop.addEventListener("abort", () => {
         console.log("stopping");
         setTimeout(() => Deno.kill(Deno.pid, "SIGTERM"), 1200);
       });`,
      "SIGTERM",
    );
    assertEquals({ code, output }, { code: 143, output: "stopping\n" });
  },
});

Deno.test({
  name: "systemSignals() tells of reload and call now until disposed",
  ignore: !unix,
  async fn() {
    const { output } = await outcome(
      `const reload = signals.onReload(() => {
         console.log("reload");
         reload[Symbol.dispose]();
         Deno.kill(Deno.pid, "SIGUSR1");
       });
       signals.onCallNow(() => { console.log("call"); Deno.exit(0); });`,
      "SIGHUP",
    );
    strictEqual(output, "reload\ncall\n");
  },
});

Deno.test("systemSignals() hands on a failure nobody awaited, and the program goes on", async () => {
  const { code, output, errors } = await outcome(
    `signals.onUnforeseen((reason) => {
       console.log("heard " + reason.message);
       setTimeout(() => Deno.exit(6), 10);
     });
     Promise.reject(new Error("oops"));`,
  );
  assertEquals({ code, errors }, { code: 6, errors: "" });
  match(output, /heard oops/);
});
