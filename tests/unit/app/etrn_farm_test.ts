import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { EtrnFarm } from "../../../src/app/etrn_farm.ts";
import type { Connection, Endpoint } from "../../../src/platform/mod.ts";
import { FakeLine } from "../../support/fake_line.ts";
import { ManualClock, settle } from "../../support/manual_clock.ts";
import { ModelSmtpServer } from "../../support/model_smtp_server.ts";
import { RememberingLog } from "../../support/remembering_log.ts";

/** A net of several servers; one that is not there never answers. */
class FarmNet extends ModelSmtpServer {
  readonly servers = new Map<string, ModelSmtpServer>();

  constructor(...hosts: readonly string[]) {
    super();
    for (const host of hosts) {
      this.servers.set(host, new ModelSmtpServer("PIPELINING", "ETRN"));
    }
  }

  override connect(to?: Endpoint, signal?: AbortSignal): Promise<Connection> {
    const server = this.servers.get(to?.host ?? "");
    if (server !== undefined) return server.connect();
    this.connections++;
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  }

  asked(host: string): string[] {
    const commands = this.servers.get(host)?.commands ?? [];
    return commands.filter((command) => command.startsWith("ETRN"));
  }
}

function rig(
  { members = ["10.9.0.1", "10.9.0.2"], alive, own = "" }: {
    members?: readonly string[];
    alive?: readonly string[];
    own?: string;
  } = {},
) {
  const net = new FarmNet(...(alive ?? members));
  const [clock, log, stop] = [new ManualClock(), new RememberingLog(), new AbortController()];
  const line = new FakeLine({ permanent: false });
  const farm = new EtrnFarm({
    members: () => members.map((host) => ({ host, port: 25 })),
    hostname: () => "hub.example",
    isOwn: ({ host }) => host === own,
    link: line,
    ...{ net, clock, log, signal: stop.signal },
  });
  return { farm, net, clock, log, line, stop };
}

Deno.test("pass() asks every other server, and not this one", async () => {
  const { farm, net } = rig({ own: "10.9.0.1" });
  strictEqual(farm.pass("@branch.example"), true);
  await farm.ended();
  equal(net.asked("10.9.0.1"), []);
  equal(net.asked("10.9.0.2"), ["ETRN @branch.example"]);
});

Deno.test("pass() says that there is no farm", () => {
  strictEqual(rig({ members: [] }).farm.pass("branch.example"), false);
  strictEqual(rig({ members: ["10.9.0.1"], own: "10.9.0.1" }).farm.pass("branch.example"), false);
});

Deno.test("pass() passes a domain on once a minute: circles come to an end", async () => {
  const { farm, net, clock } = rig();
  for (let i = 0; i < 100; i++) strictEqual(farm.pass("branch.example"), true);
  await farm.ended();
  strictEqual(net.asked("10.9.0.1").length, 1);
  await clock.advance(59_999);
  farm.pass("branch.example");
  await farm.ended();
  strictEqual(net.asked("10.9.0.1").length, 1);
  await clock.advance(1);
  farm.pass("branch.example");
  await farm.ended();
  strictEqual(net.asked("10.9.0.1").length, 2);
});

Deno.test("pass() keeps nobody waiting for a server that is dead", async () => {
  const { farm, net, clock, log } = rig({ alive: ["10.9.0.2"] });
  for (let i = 0; i < 2000; i++) farm.pass(`d${i}.example`);
  await settle();
  strictEqual(net.connections, 1, "One attempt at a time");
  await clock.advance(5_000);
  strictEqual(net.connections, 2);
  strictEqual(net.asked("10.9.0.2").length, 1001, "What it could not be told of is left out");
  await clock.advance(5_000);
  await farm.ended();
  strictEqual(log.of("Cannot ask for waiting mail").length, 2);
});

Deno.test("pass() breaks off a server that talks too long", async () => {
  const { farm, net, clock, log } = rig({ members: ["10.9.0.1"] });
  const server = net.servers.get("10.9.0.1");
  if (server !== undefined) server.answer = () => "";
  farm.pass("branch.example");
  await clock.advance(15_000);
  await farm.ended();
  equal(log.events("warn"), ["ETRN was not passed on"]);
});

Deno.test("pass() asks nobody any more when the line has gone", async () => {
  const { farm, net, clock, line } = rig({ members: ["10.9.0.1"], alive: [] });
  farm.pass("one.example");
  farm.pass("two.example");
  line.becomes("hanging up");
  await farm.ended();
  strictEqual(net.connections, 1);
  strictEqual(clock.sleeping, 0);
});

Deno.test("what is under way ends with the appliance", async () => {
  const { farm, clock, stop } = rig({ alive: [] });
  farm.pass("branch.example");
  await settle();
  stop.abort(new Error("The appliance is stopping"));
  await farm.ended();
  strictEqual(clock.sleeping, 0);
});
