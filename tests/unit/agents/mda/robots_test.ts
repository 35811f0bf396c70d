import { deepStrictEqual as equal, match, rejects, strictEqual, throws } from "node:assert/strict";
import { createRobotAgent, type RobotOptions } from "../../../../src/agents/mda/mod.ts";
import type { Destination } from "../../../../src/domain/routing/mod.ts";
import type { ProgramCall, ProgramResult, Programs } from "../../../../src/platform/mod.ts";
import { collected } from "../../../support/chunks.ts";
import { localJob, settledBy } from "../../../support/local_jobs.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";

type Robot = Extract<Destination, { kind: "robot" }>;

const robot = (facts: Partial<Robot> = {}): Robot => ({
  kind: "robot",
  command: "/bin/robot a 'b c'",
  domain: "here",
  ...facts,
});

/** Programs that remember how they were started, and end as they are told. */
class FakePrograms implements Programs {
  readonly calls: (Omit<ProgramCall, "stdin"> & { readonly input: string })[] = [];
  answer: (call: ProgramCall, signal: AbortSignal) => Promise<ProgramResult> = () =>
    Promise.resolve({ kind: "exited", code: 0, output: "" });

  async run(call: ProgramCall, signal: AbortSignal): Promise<ProgramResult> {
    const { stdin, ...rest } = call;
    this.calls.push({ ...rest, input: await collected(stdin) });
    return await this.answer(call, signal);
  }
}

function rig(
  special: Partial<RobotOptions> = {},
  { uid = 0, os = "unix" as "unix" | "windows" } = {},
) {
  const programs = new FakePrograms();
  const clock = new ManualClock();
  const log = new RememberingLog();
  const agent = createRobotAgent({
    options: () => ({
      ...{ defaultUser: undefined, roots: [], timeoutMs: 60_000, programPath: "/opt/dmail" },
      ...special,
    }),
    programs,
    users: {
      find: (who) =>
        Promise.resolve(
          [
            { name: "nobody", uid: 65534, gid: 65534, home: "/nonexistent" },
            { name: "anna", uid: 1000, gid: 1001, home: "/home/anna" },
            { name: "dmail", uid: 120, gid: 130, home: "/var/dmail" },
          ].find((one) => one.name === who || one.uid === who),
        ),
    },
    ownerOf: (user) =>
      user === "broken"
        ? Promise.reject(new Error("The user database cannot be read"))
        : Promise.resolve(user === "anna" ? 1000 : undefined),
    privileges: { uid: () => os === "windows" ? undefined : uid },
    machine: {
      os,
      environment: (name) => ({ SystemRoot: "C:\\Windows", DMAIL_SECRET: "hunter2" })[name],
    },
    clock,
    log,
  });
  return { agent, programs, clock, log };
}

Deno.test("laneOf() is the user, or the program of an administrator's rule", () => {
  const { agent } = rig();
  strictEqual(agent.laneOf(robot({ user: "anna" })), "user anna");
  strictEqual(agent.laneOf(robot()), "program /bin/robot");
  throws(() => agent.laneOf({ kind: "maildrop", user: "anna" }), TypeError);
});

Deno.test("deliver() gives the message with a Return-Path and line ends of Unix", async () => {
  const { agent, programs } = rig();
  const job = localJob("1", robot(), { text: "Subject: hi\r\n\r\nFrom me\r\n.\r\nlast" });
  equal(await settledBy(agent, [job]), ["1 delivered"]);
  const [call] = programs.calls;
  strictEqual(call?.input, "Return-Path: <ann@world>\nSubject: hi\n\nFrom me\n.\nlast\n");
  strictEqual(job.opened, 1);
});

Deno.test("deliver() leaves a message the Return-Path it has", async () => {
  const { agent, programs } = rig();
  const text = "Received: x\r\nReturn-Path: <writer@far>\r\n\r\nhi\r\n";
  await settledBy(agent, [localJob("1", robot(), { text })]);
  strictEqual(programs.calls[0]?.input, text.replaceAll("\r\n", "\n"));
});

Deno.test("deliver() passes program, arguments, user and environment, and no more", async () => {
  const { agent, programs } = rig();
  await settledBy(agent, [
    localJob("1", robot({ user: "anna" }), { sender: "ann@world", to: "anna+news@here" }),
  ]);
  const { input: _input, ...call } = programs.calls[0]!;
  equal(call, {
    program: "/bin/robot",
    args: ["a", "b c"],
    runAs: { uid: 1000, gid: 1001 },
    environment: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: "/home/anna",
      USER: "anna",
      LOGNAME: "anna",
      SENDER: "ann@world",
      RECIPIENT: "anna+news@here",
      LOCAL: "anna+news",
      EXTENSION: "news",
      DOMAIN: "here",
    },
  });
});

Deno.test("deliver() lets nothing of an address become more than text", async () => {
  const { agent, programs } = rig();
  const evil = { sender: '"() { :;}; $(id)\n`x`"@world', to: "Jürgen=o'b@here" };
  await settledBy(agent, [localJob("1", robot(), evil)]);
  const { SENDER, RECIPIENT } = programs.calls[0]!.environment;
  match(SENDER!, /^[\w:,.@-]+$/);
  strictEqual(RECIPIENT, "Jürgen=o_b@here");
});

Deno.test("deliver() leaves SENDER empty for a bounce", async () => {
  const { agent, programs } = rig();
  await settledBy(agent, [localJob("1", robot(), { sender: "" })]);
  strictEqual(programs.calls[0]?.environment.SENDER, "");
  match(programs.calls[0]!.input, /^Return-Path: <>\n/);
});

Deno.test("deliver() looks for a program without a path in the installation", async (t) => {
  const cases = [
    { command: "drespond msg.txt", os: "unix", want: "/opt/dmail/drespond" },
    { command: "c:\\dmail\\drespond", os: "unix", want: "/opt/dmail/c:\\dmail\\drespond" },
    { command: "c:\\dmail\\drespond.exe", os: "windows", want: "c:\\dmail\\drespond.exe" },
    { command: "\\dmail\\drespond.exe", os: "windows", want: "\\dmail\\drespond.exe" },
    { command: "drespond.exe", os: "windows", want: "/opt/dmail/drespond.exe" },
  ] as const;
  for (const { command, os, want } of cases) {
    await t.step(`${command} on ${os}`, async () => {
      const { agent, programs } = rig({}, { os });
      await settledBy(agent, [localJob("1", robot({ command }))]);
      strictEqual(programs.calls[0]?.program, want);
    });
  }
});

Deno.test("deliver() on Windows passes what no program starts without, and no secret", async () => {
  const { agent, programs } = rig({}, { os: "windows" });
  await settledBy(agent, [localJob("1", robot())]);
  const { environment, runAs } = programs.calls[0]!;
  strictEqual(environment.SystemRoot, "C:\\Windows");
  strictEqual(JSON.stringify(environment).includes("hunter2"), false);
  strictEqual(runAs, undefined);
});

Deno.test("deliver() shuts robots of a domain into its root directory (S29)", async (t) => {
  const roots = [{ domain: "*.here", path: "/srv/sub" }, { domain: "here", path: "/srv/here" }];
  const cases = [
    { domain: "here", root: "/srv/here", home: "/" },
    { domain: "HERE", root: "/srv/here", home: "/" },
    { domain: "sub.here", root: "/srv/sub", home: "/" },
    { domain: "elsewhere", root: undefined, home: "/nonexistent" },
  ];
  for (const { domain, root, home } of cases) {
    await t.step(domain, async () => {
      const { agent, programs } = rig({ roots });
      await settledBy(agent, [localJob("1", robot({ domain, command: "robot" }))]);
      const [call] = programs.calls;
      strictEqual(call?.root, root);
      strictEqual(call?.environment.HOME, home);
      strictEqual(call?.program, root === undefined ? "/opt/dmail/robot" : "/robot");
      strictEqual(call?.runAs?.uid, 65534);
    });
  }
});

Deno.test("deliver() runs nothing where it may not", async (t) => {
  const asRoot = rig();
  const asOther = rig({ roots: [{ domain: "*", path: "/srv" }] }, { uid: 120 });
  const asAnna = rig({ defaultUser: { kind: "user", user: "anna" } }, { uid: 120 });
  const off = rig({ defaultUser: { kind: "nobody" } });
  const cases = [
    { name: "robots are off", on: off, to: robot(), want: /^1 permanent 5\.3\.3 / },
    { name: "chroot without root", on: asOther, to: robot(), want: /^1 permanent 5\.3\.5 / },
    { name: "another user without root", on: asAnna, to: robot(), want: /^1 permanent 5\.3\.5 / },
    {
      name: "no command",
      on: asRoot,
      to: robot({ command: '/bin/robot "a' }),
      want: /^1 permanent 5\.3\.5 /,
    },
    {
      name: "no user database",
      on: asRoot,
      to: robot({ user: "broken" }),
      want: /^1 temporary 4\.3\.0 /,
    },
  ];
  for (const { name, on: { agent, programs, log }, to, want } of cases) {
    await t.step(name, async () => {
      const [settled] = await settledBy(agent, [localJob("1", to)]);
      match(settled!, want);
      equal(programs.calls, []);
      strictEqual(log.entries.at(-1)?.level, "error");
    });
  }
});

Deno.test("deliver() settles each message as its robot ends", async () => {
  const { agent, programs } = rig();
  const codes = [0, 75, 77];
  programs.answer = () =>
    Promise.resolve({ kind: "exited", code: codes.shift() ?? 0, output: "No\nroom" });
  const settled = await settledBy(agent, ["1", "2", "3"].map((id) => localJob(id, robot())));
  const said = "The program for this address did not take the message (exit code";
  equal(settled, [
    "1 delivered",
    `2 temporary 4.3.0 ${said} 75): No room`,
    `3 permanent 5.7.0 ${said} 77): No room`,
  ]);
});

Deno.test("deliver() gives a robot its time and no more, and tries again later", async () => {
  const { agent, programs, clock, log } = rig({ timeoutMs: 30_000 });
  programs.answer = (_call, signal) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  let settled: string[] | undefined;
  const delivering = settledBy(agent, [localJob("1", robot())]).then((all) => settled = all);
  await clock.advance(29_999);
  strictEqual(settled, undefined);
  await clock.advance(1);
  await delivering;
  match(settled![0]!, /^1 temporary 4\.3\.0 .* did not end within 30 seconds$/);
  strictEqual(log.entries.at(-1)?.level, "warn");
  strictEqual(clock.sleeping, 0);
});

Deno.test("deliver() settles nothing when it is aborted, and starts no other", async () => {
  const { agent, programs, clock } = rig();
  const stop = new AbortController();
  programs.answer = (_call, signal) => {
    stop.abort(new Error("the program ends"));
    return Promise.reject(signal.reason);
  };
  await rejects(settledBy(agent, [localJob("1", robot()), localJob("2", robot())], stop.signal), {
    message: "the program ends",
  });
  strictEqual(programs.calls.length, 1);
  strictEqual(clock.sleeping, 0);
});

Deno.test("deliver() tries again when the message cannot be read", async () => {
  const { agent, programs } = rig();
  programs.answer = () => Promise.reject(new Error("EIO: /var/spool/secret"));
  const [settled] = await settledBy(agent, [localJob("1", robot())]);
  strictEqual(settled, "1 temporary 4.3.0 The mail server cannot run programs just now");
});
