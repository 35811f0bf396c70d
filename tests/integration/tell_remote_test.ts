/** `tellsmtp -n` and `tellpop -n`: an appliance that runs takes commands over the network. */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { systemNet } from "../../src/platform/mod.ts";
import { CHECKOUT, setUpOffice } from "../support/appliance.ts";
import { eventually } from "../support/eventually.ts";
import { listens } from "../support/free_port.ts";
import { run } from "../support/peers.ts";
import { type RunningOffice, startOffice } from "../support/running_office.ts";
import { tempDir } from "../support/temp_dir.ts";

/** An office with a manager's port and the manager password `secret`. */
async function remoteOffice(...settings: string[]): Promise<RunningOffice> {
  const office = await startOffice("gateway * 127.0.0.1:9", "manager_port 0", ...settings);
  await office.appliance.password.set("secret");
  return office;
}

/** Calls a command over the manager's port, typing `password` where it asks. */
async function there(office: RunningOffice, password: string, ...words: string[]) {
  const place = ["-n", "127.0.0.1", "-p", String(office.port("manager"))];
  return await office.start([...words, ...place], [password]).told;
}

Deno.test("tellsmtp -n does what it does here, for the manager password", async (t) => {
  await using office = await remoteOffice();
  match(
    (await office.tell("tellsmtp", "status")).output,
    /^manager +127\.0\.0\.1:\d+: 0 sessions$/m,
  );
  const cases: readonly [words: string[], want: RegExp][] = [
    [["tellsmtp", "status"], /^manager +127\.0\.0\.1:\d+: 1 session$/m],
    [["tellsmtp", "queue", "--json"], /^\[\]\n$/],
    [["tellsmtp", "config", "manager_port"], /^manager_port 0\n# .*dmail\.conf:9\n$/],
    [["tellsmtp", "suspend"], /^Outgoing mail is suspended until tellsmtp resume/],
    [["tellpop", "log_level", "debug"], /^dpop logs at level debug/],
    [["tellpop", "reload"], /^Reloaded\n$/],
  ];
  for (const [words, want] of cases) {
    await t.step(words.join(" "), async () => {
      const { code, output, errors } = await there(office, "secret", ...words);
      equal([code, errors], [0, []]);
      match(output, want);
    });
  }
  strictEqual(office.appliance.core.queue.suspended, true);
});

Deno.test("tellsmtp -n shows live events, and stops there when asked to here", async () => {
  await using office = await remoteOffice();
  const place = ["-n", "127.0.0.1", "-p", String(office.port("manager"))];
  const { terminal, signals, told } = office.start(["tellsmtp", "monitors", ...place], ["secret"]);
  await terminal.until("press Ctrl-C to end\n");
  await office.tell("tellsmtp", "reload");
  await terminal.until("Configuration reloaded");
  signals.terminate();
  equal([(await told).code, (await told).errors], [0, []]);

  strictEqual((await there(office, "secret", "tellsmtp", "shutdown")).output, "Stopping\n");
  await office.appliance.stopAsked;
});

Deno.test("tellsmtp -n says why it was not let in", async (t) => {
  await using office = await remoteOffice();
  const cases: readonly { name: string; prepare(): Promise<void>; secret: string; want: RegExp }[] =
    [
      {
        name: "a wrong password",
        prepare: () => Promise.resolve(),
        secret: "open sesame",
        want: /port \d+ says: That is not the manager password$/,
      },
      {
        name: "no password typed",
        prepare: () => Promise.resolve(),
        secret: "",
        want: /No password was given; nothing was asked/,
      },
      {
        name: "no password set there",
        prepare: () => Deno.remove(`${office.directory}/work/tellpass.dat`),
        secret: "secret",
        want: /No manager password is set there; set one on that machine with dmail tellpop/,
      },
      {
        name: "an address that may not come",
        async prepare() {
          await office.write("manager_port 0", "manager_ip_address 192.168.77.*");
          strictEqual((await office.appliance.reload()).kind, "reloaded");
        },
        secret: "secret",
        want:
          /hung up at once; manager_ip_address there must let this machine in, and not too many/,
      },
    ];
  for (const { name, prepare, secret, want } of cases) {
    await t.step(name, async () => {
      await prepare();
      const { code, output, errors } = await there(office, secret, "tellsmtp", "shutdown");
      equal([code, output, errors.length], [1, "", 1]);
      match(errors[0] ?? "", want);
      ok(!(errors[0] ?? "").includes("open sesame"));
    });
  }
});

Deno.test("tellsmtp -n says that nobody listens there", async () => {
  await using office = await startOffice("gateway * 127.0.0.1:9");
  ok(Number.isNaN(office.port("manager"))); // Off unless it is asked for.
  using listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const port = String(listener.local.port);
  listener[Symbol.dispose]();
  const place = ["-n", "127.0.0.1", "-p", port];
  const { code, errors } = await office.start(["tellsmtp", "status", ...place], ["x"]).told;
  strictEqual(code, 1);
  match(errors.join(), /Cannot reach 127\.0\.0\.1 port \d+: .*; is manager_port set there\?/);
});

Deno.test("tellpop talks to dpop_host where a manager_port is set, and tellsmtp does not", async () => {
  await using far = await remoteOffice();
  const port = far.port("manager");
  // 127.0.0.1 would be this machine: a name that leads there is another one to tellpop.
  await using near = await startOffice("gateway * 127.0.0.1:9", "dpop_host 0.0.0.0");
  match((await near.tell("tellpop", "config", "host_domain")).output, /office\.example/);
  await near.write(
    "gateway * 127.0.0.1:9",
    "host_domain near.example",
    "dpop_host 0.0.0.0",
    `manager_port ${port}`,
  );
  const asked = await near.start(["tellpop", "config", "host_domain"], ["secret"]).told;
  equal([asked.errors, asked.code], [[], 0]);
  match(asked.output, new RegExp(`^host_domain office\\.example\n# ${far.directory}`));
  const here = await near.start(["tellsmtp", "config", "host_domain"], []).told;
  match(here.output, new RegExp(`# ${near.directory}`));
});

Deno.test("the manager's port shows the certificate that a reload has brought", async () => {
  await using office = await remoteOffice();
  const before = office.appliance.core.tls.current.fingerprintSha256;
  await Deno.remove(`${office.directory}/work/tls/cert.pem`);
  strictEqual((await office.appliance.reload()).kind, "reloaded");
  ok(office.appliance.core.tls.current.fingerprintSha256 !== before);
  equal((await there(office, "secret", "tellsmtp", "bans")).output, "Nobody is banned\n");
});

Deno.test("the programs find each other, with the password from a pipe or TELL_PASSWORD", async () => {
  await using temp = await tempDir();
  const program = (env: Record<string, string>) => ({
    ...CHECKOUT,
    env: { ...CHECKOUT.env, ...env },
  });
  const settings = ["gateway * 127.0.0.1:9", "manager_port 0"];
  const office = await setUpOffice(temp.path, settings, program({ TELL_PASSWORD: "open sesame" }));
  strictEqual((await office.dmail(["tellpop", "password"], "open sesame\n")).code, 0);
  await using appliance = await office.serve();
  const port = /^manager 127\.0\.0\.1:(\d+)$/m.exec(appliance.stdout)?.[1] ?? "";

  const asked = await office.dmail(["tellsmtp", "-n", "127.0.0.1", "-p", port, "bans"]);
  equal(asked, { code: 0, stdout: "Nobody is banned\n", stderr: "" });
  // Without a configuration of its own, and with the password from a pipe.
  const words = ["tellsmtp", "bans", "-n", "127.0.0.1", "-p", port, "-i", `${temp.path}/none`];
  const piped = await run(CHECKOUT.path, [...CHECKOUT.words, ...words], {
    env: { ...CHECKOUT.env },
    stdin: "open sesame\n",
  });
  equal(piped, { code: 0, stdout: "Nobody is banned\n", stderr: "" });
  const stopped = await office.dmail(["tellsmtp", "-n", "127.0.0.1", "-p", port, "shutdown"]);
  equal(stopped, { code: 0, stdout: "Stopping\n", stderr: "" });
  await eventually("it has stopped", async () => !await listens(Number(port)));
  strictEqual(await appliance.stop(), 0);
  ok(!(await office.logText()).includes("open sesame"));
});
