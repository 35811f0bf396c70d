/** Whatever an administrator, the line and other hosts do meanwhile: each message arrives, once. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { createRelay } from "../../src/agents/relay/mod.ts";
import type { Queue } from "../../src/domain/queue/mod.ts";
import type { QueueId } from "../../src/store/mod.ts";
import { FakeResolver, type FakeZone } from "../support/fake_resolver.ts";
import { ModelHosts } from "../support/model_hosts.ts";
import { HOUR_MS, QueueRig, submit } from "../support/queue_rig.ts";
import { relayOptions, relayParts } from "../support/relay_parts.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const HOSTS = 4;
const DOMAINS = 8;
const STEPS = 60;
const PACES = [[], ["PIPELINING"], ["PIPELINING", "CHUNKING"]];
const MOODS = ["willing", "full", "busy", "moody"] as const;

const never = new AbortController().signal;

/** A queue, its hosts, and somebody who cannot leave them alone. */
class Office {
  readonly rig = new QueueRig();
  readonly net = new ModelHosts();
  readonly random: SeededRandom;
  readonly zones: Record<string, FakeZone> = {};
  readonly moods: (typeof MOODS)[number][] = [];
  readonly work: Promise<unknown>[] = [];
  readonly ids: QueueId[] = [];
  /** Who gets which message. */
  readonly sent = new Map<string, QueueId>();
  readonly deleted = new Set<QueueId>();

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    for (let host = 0; host < HOSTS; host++) this.#addHost(host);
    for (let domain = 0; domain < DOMAINS; domain++) this.moveDomain(domain);
    this.rig.lineUp = true;
  }

  open(): Promise<Queue> {
    const { rig, net, random, zones } = this;
    const { clock, log, agents, disk } = rig;
    const resolver = new FakeResolver(zones);
    const relay = createRelay({
      ...{ ...relayParts(), resolver, net, clock, log },
      options: () => relayOptions(),
    });
    const [lanes, abreast] = [1 + random.upTo(4), 1 + random.upTo(3)];
    return rig.open(disk.files, {
      agents: { ...agents, relay },
      // Nothing is given up.
      retry: () => ({ everyMs: 2 * HOUR_MS, maxMs: 500 * HOUR_MS, delayNoticeMs: 500 * HOUR_MS }),
      relayConnections: () => lanes,
      hostConnections: () => abreast,
    });
  }

  /** Its exchangers are others from now on. */
  moveDomain(domain = this.random.upTo(DOMAINS)): void {
    const mx = Array.from({ length: 1 + this.random.upTo(2) }, (_, at) => {
      return `${10 * (at + 1)} mx${this.random.upTo(HOSTS)}.example`;
    });
    this.zones[`d${domain}.example`] = { mx };
  }

  async submit(queue: Queue): Promise<void> {
    const { random, sent, ids } = this;
    const count = random.upTo(5) === 0 ? 120 : 1 + random.upTo(6);
    for (let number = 0; number < count; number++) {
      const to = Array.from({ length: random.pick([1, 1, 1, 3]) }, () => {
        return `user${sent.size}-${random.upTo(1e9)}@${this.domain()}`;
      });
      const id = await submit(queue, to);
      ids.push(id);
      for (const address of to) sent.set(address, id);
    }
  }

  domain(): string {
    return `d${this.random.upTo(DOMAINS)}.example`;
  }

  /** Something happens. */
  async act(queue: Queue): Promise<void> {
    const { random, rig, work } = this;
    const id = this.ids.length > 0 ? random.pick(this.ids) : undefined;
    const one = id === undefined ? "all" : random.pick([{ id }, { domain: this.domain() }]);
    switch (random.upTo(14)) {
      case 0:
        rig.lineUp = !rig.lineUp;
        return queue.lookAgain();
      case 1:
        return queue.suspended ? queue.resume() : void work.push(queue.suspend());
      case 2:
        return void work.push(queue.flush(random.pick([{}, { domain: this.domain() }]), never));
      case 3:
        return id && void work.push(queue.flush({ id }, never));
      case 4:
        return void work.push(queue.change("hold", one));
      case 5:
        return void work.push(queue.change(random.pick(["release", "requeue"]), "all"));
      case 6:
        if (id === undefined) return;
        this.deleted.add(id);
        return void work.push(queue.change("delete", { id }));
      case 7:
      case 8:
        this.moods[random.upTo(HOSTS)] = random.pick(MOODS);
        return;
      case 9:
        return this.moveDomain();
      default:
        return await this.submit(queue);
    }
  }

  async wait(): Promise<void> {
    const { random, rig: { clock } } = this;
    switch (random.upTo(8)) {
      case 0:
        return await clock.advance(random.upTo(5) * HOUR_MS / 4);
      case 1:
      case 2:
        return await clock.advance(random.upTo(3000));
      case 3:
      case 4:
        return await clock.advance(0);
      default:
        for (let turn = random.upTo(40); turn > 0; turn--) await Promise.resolve();
    }
  }

  /** Everything is well again, and everybody has the time that it takes. */
  async settle(queue: Queue): Promise<void> {
    this.moods.fill("willing");
    this.rig.lineUp = true;
    queue.resume();
    await this.rig.clock.advance(1000);
    await queue.change("release", "all");
    for (let turn = 0; turn < 60; turn++) await this.rig.clock.advance(3 * 60_000);
    await Promise.all(this.work);
  }

  /** How often each address got its message. */
  arrived(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { rcpts } of [...this.net.hosts.values()].flatMap(({ taken }) => taken)) {
      for (const rcpt of rcpts) {
        const address = rcpt.slice("RCPT TO:<".length, -1);
        counts.set(address, 1 + (counts.get(address) ?? 0));
      }
    }
    return counts;
  }

  #addHost(host: number): void {
    const address = `192.0.2.${host + 1}`;
    this.zones[`mx${host}.example`] = { addresses: [address] };
    this.moods.push("willing");
    this.net.at(address, ...this.random.pick(PACES)).answer = (command) => {
      const mood = this.moods[host];
      if (mood === "full" && command === "") return "421 4.3.2 Too many\r\n";
      if (mood === "busy" && command.startsWith("RCPT")) return "451 4.2.0 Later\r\n";
      const refuses = mood === "moody" && command.startsWith("MAIL") && this.random.upTo(3) === 0;
      return refuses ? "451 4.2.0 Later\r\n" : undefined;
    };
  }
}

for (let seed = 1; seed <= 20; seed++) {
  Deno.test(`the queue loses and doubles nothing whatever is done to it: ${seed}`, async () => {
    const office = new Office(seed);
    const queue = await office.open();
    const run = office.rig.run(queue);
    for (let step = 0; step < STEPS; step++) {
      await office.act(queue);
      await office.wait();
    }
    await office.settle(queue);
    const arrived = office.arrived();
    const { sent, deleted } = office;
    equal([...sent].filter(([to, id]) => !arrived.has(to) && !deleted.has(id)), [], "lost");
    equal([...arrived].filter(([, times]) => times > 1), [], "doubled");
    equal(queue.counts().messages, 0);
    const ended = run[Symbol.asyncDispose]();
    await office.rig.clock.advance(10_000);
    await ended;
  });
}
