import { deepStrictEqual as assertEquals, match, ok, rejects } from "node:assert/strict";
import { Appliance } from "../../src/app/appliance.ts";
import { VERSION } from "../../src/app/version.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWorld } from "../support/world.ts";

/** An appliance in this process, with a file that can be written anew. */
async function running(...settings: string[]) {
  const [dir, world] = [await tempDir(), testWorld()];
  const path = `${dir.path}/dmail.conf`;
  const write = (...lines: string[]) =>
    Deno.writeTextFile(
      path,
      [
        "host_domain office.example",
        "bind_ip 127.0.0.1",
        "authent_method nwauth",
        `work_path ${dir.path}/work`,
        `drop_path ${dir.path}/drop`,
        "gateway * 127.0.0.1:9",
        ...lines,
      ].join("\n"),
      { mode: 0o600 },
    );
  await write(...settings);
  const { files, machine } = world;
  const result = await loadConfig({ path, files, machine, version: VERSION });
  if (result.kind === "bad") throw new Error(JSON.stringify(result.problems));
  const started = await Appliance.start({ ...result, listens: true, world });
  if (started.kind !== "started") throw new Error(started.kind);
  const { appliance } = started;
  return {
    appliance,
    write,
    port: (name: string) =>
      Number(appliance.listening.find((at) => at.startsWith(`${name} `))?.split(":").at(-1)),
    async [Symbol.asyncDispose]() {
      await appliance[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function greeting(port: number): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  return await readLine(conn);
}

async function readLine(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(1024);
  return new TextDecoder().decode(buffer.subarray(0, (await conn.read(buffer)) ?? 0));
}

Deno.test("a reload moves a server to its new port and keeps the sessions of the old one", async () => {
  await using office = await running("smtp_port 0", "pop_port 0");
  const [before, smtp] = [office.port("pop3"), office.port("smtp")];
  using session = await Deno.connect({ hostname: "127.0.0.1", port: before });
  match(await readLine(session), /^\+OK/);

  const pop = freePort();
  await office.write("smtp_port 0", `pop_port ${pop}`);
  assertEquals(await office.appliance.reload(), { kind: "reloaded", problems: [] });
  assertEquals([office.port("pop3"), office.port("smtp")], [pop, smtp]);
  match(await greeting(pop), /^\+OK/);
  await rejects(() => greeting(before), /refused/i);
});

Deno.test("a reload opens the same ports at more addresses", async () => {
  const ports = ["smtp", "pop", "submission", "smtps", "http", "manager"]
    .map((name) => `${name}_port ${freePort()}`);
  await using office = await running(...ports);
  const before = office.appliance.listening;
  for (const bind of ["bind_ip 127.0.0.2", "bind_ip 127.0.0.3,127.0.0.2"]) {
    await office.write(...ports, bind, "http_ip_address 0.0.0.0");
    assertEquals(await office.appliance.reload(), { kind: "reloaded", problems: [] });
  }
  const moved = before.flatMap((at) =>
    at.startsWith("http")
      ? [at.replace("127.0.0.1", "0.0.0.0")]
      : ["127.0.0.1", "127.0.0.3", "127.0.0.2"].map((host) => at.replace("127.0.0.1", host))
  );
  assertEquals(office.appliance.listening.toSorted(), moved.toSorted());
  match(await greeting(office.port("pop3")), /^\+OK/);
});

Deno.test("a reload exchanges the ports of two servers", async () => {
  const [one, other] = [freePort(), freePort()];
  await using office = await running(`smtp_port ${one}`, `pop_port ${other}`);
  await office.write(`smtp_port ${other}`, `pop_port ${one}`);
  assertEquals(await office.appliance.reload(), { kind: "reloaded", problems: [] });
  match(await greeting(one), /^\+OK/);
  match(await greeting(other), /^220/);
});

Deno.test("a reload gives a port to another server than before", async () => {
  const port = freePort();
  await using office = await running("smtp_port 0", "pop_port 0", `http_port ${port}`);
  await office.write("smtp_port 0", "pop_port 0", `manager_port ${port}`);
  assertEquals(await office.appliance.reload(), { kind: "reloaded", problems: [] });
  assertEquals([office.port("manager"), office.port("http")], [port, NaN]);
});

Deno.test("a reload that cannot listen at one address of several goes on where it was", async () => {
  const port = freePort();
  await using office = await running("smtp_port 0", `pop_port ${port}`);
  await office.write("smtp_port 0", `pop_port ${port}`, "bind_ip 203.0.113.99");
  const { problems } = await office.appliance.reload();
  match(problems.join("\n"), /Cannot listen for pop3 on 127\.0\.0\.1:\d+, 203\.0\.113\.99/);
  match(await greeting(port), /^\+OK/);
  ok(office.port("smtp") > 0);
  const shown = (await office.appliance.status.snapshot()).problems;
  ok(shown.some(({ severity, text }) => severity === "error" && /pop3 on .*203/.test(text)));
});

Deno.test("a reload that cannot listen says so and goes on where it was", async () => {
  await using office = await running("smtp_port 0", "pop_port 0");
  const before = office.port("pop3");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await office.write("smtp_port 0", `pop_port ${port}`);
  const { kind, problems } = await office.appliance.reload();
  assertEquals(kind, "reloaded");
  match(
    problems.join(),
    new RegExp(`Cannot listen for pop3 on 127\\.0\\.0\\.1:${port}: another program uses`),
  );
  match(await greeting(before), /^\+OK/);
});

Deno.test("a reload starts and stops the page", async () => {
  await using office = await running("smtp_port 0", "pop_port 0");
  ok(Number.isNaN(office.port("http")));
  await office.write("smtp_port 0", "pop_port 0", "http_port 0");
  assertEquals((await office.appliance.reload()).problems, []);
  const port = office.port("http");
  assertEquals(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text(), "ok\n");
  await office.write("smtp_port 0", "pop_port 0");
  await office.appliance.reload();
  await rejects(() => fetch(`http://127.0.0.1:${port}/healthz`));
});

Deno.test("a reload takes a new welcome at once and says what needs a restart", async () => {
  await using office = await running("smtp_port 0", "pop_port 0");
  await office.write("smtp_port 0", "pop_port 0", "smtp_welcome Hello", "work_path /elsewhere");
  const { kind } = await office.appliance.reload();
  assertEquals(kind, "kept"); // work_path stands there twice.
  match(await greeting(office.port("smtp")), /^220 office\.example DSMTP/);

  await office.write("smtp_port 0", "pop_port 0", "smtp_welcome Hello", "link_check true");
  const result = await office.appliance.reload();
  assertEquals(result.kind, "reloaded");
  match(result.problems.join("\n"), /link_check has changed and takes effect at the next start/);
  match(await greeting(office.port("smtp")), /^220 Hello/);
  // It is said for as long as it is true.
  match((await office.appliance.reload()).problems.join("\n"), /link_check has changed/);
  await office.write("smtp_port 0", "pop_port 0");
  assertEquals((await office.appliance.reload()).problems, []);
});

Deno.test("a reload takes new managers for a page that stays on its port", async () => {
  await using office = await running("smtp_port 0", "pop_port 0");
  const port = freePort();
  const press = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/call`, {
      method: "POST",
      body: new URLSearchParams({ password: "x" }),
      headers: { Origin: `http://127.0.0.1:${port}` },
      redirect: "manual",
    });
    await response.body?.cancel();
    return response.headers.get("location");
  };
  const reload = async (...lines: string[]) => {
    await office.write("smtp_port 0", "pop_port 0", `http_port ${port}`, ...lines);
    assertEquals(await office.appliance.reload(), { kind: "reloaded", problems: [] });
  };
  await reload();
  assertEquals(await press(), "/?call=unset");
  await reload("manager_ip_address 10.*", "fromip_nolimit 10.1.1.1");
  assertEquals(await press(), "/?call=elsewhere");
});

Deno.test("a server that cannot listen at the start leaves nothing running", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  await rejects(
    () => running("smtp_port 0", `pop_port ${port}`),
    /Cannot listen for pop3 on 127\.0\.0\.1/,
  );
});
