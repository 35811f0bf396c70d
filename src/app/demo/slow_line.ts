import type { Clock, Connection, Net } from "../../platform/mod.ts";

/** What a line is like. */
export interface LineQuality {
  /** Time there and back, in ms. */
  readonly roundTripMs: number;
  /** What passes in a second, each way, in octets. */
  readonly octetsPerSecond: number;
}

/** What went over a line. */
export interface LineTraffic {
  readonly octetsIn: number;
  readonly octetsOut: number;
}

/** How much is put on the line at once, in octets: one segment, so that connections share fairly. */
const SEGMENT_OCTETS = 1400;

/** How much may wait at each end of a connection, in octets: a socket buffer. */
const BUFFER_OCTETS = 32 * 1024;

/**
 * A simulated thin line: what goes through {@linkcode SlowLine.net} takes the time it would take on
 * such a line, all connections sharing it; while it is down nothing goes through.
 */
export class SlowLine {
  readonly #clock: Clock;
  readonly #quality: LineQuality;
  readonly #connections = new Set<SlowConnection>();
  readonly #freeAtMs = { in: 0, out: 0 };
  #octets = { in: 0, out: 0 };
  #up = false;

  constructor(quality: LineQuality, { clock }: { clock: Clock }) {
    this.#quality = quality;
    this.#clock = clock;
  }

  /** Whether it is up. */
  get isUp(): boolean {
    return this.#up;
  }

  /** What went over it so far; "in" is what its user received. */
  get traffic(): LineTraffic {
    return { octetsIn: this.#octets.in, octetsOut: this.#octets.out };
  }

  /** Lets packets through. */
  bringUp(): void {
    this.#up = true;
  }

  /** Cuts every connection. */
  takeDown(): void {
    this.#up = false;
    for (const connection of this.#connections) connection.close();
  }

  /** `inner` as seen through the line; `flipped` from its far side. */
  net(inner: Net, { flipped = false }: { flipped?: boolean } = {}): Net {
    return {
      ...inner,
      connect: async (target, signal) => {
        if (!this.#up) throw new Error("Network is unreachable: the line is down");
        await this.#clock.sleep(this.#quality.roundTripMs, signal); // SYN and its answer.
        if (!this.#up) throw new Error("Connection lost: the line went down");
        const connection = new SlowConnection(
          await inner.connect(target, signal),
          this.#clock,
          {
            send: (octets) => this.#carry(flipped ? "in" : "out", octets),
            receive: (octets) => this.#carry(flipped ? "out" : "in", octets),
          },
          () => this.#connections.delete(connection),
        );
        this.#connections.add(connection);
        return connection;
      },
      startTls: (connection, tls, signal) =>
        tls.unchecked ? inner.startTls(connection, tls, signal) : Promise.reject(
          new TypeError("The simulated line has no TLS with checked certificates"),
        ),
    };
  }

  /** Puts octets on the line: when they have left, and when they arrive. */
  #carry(direction: "in" | "out", octets: number): { leftAtMs: number; arrivesAtMs: number } {
    this.#octets[direction] += octets;
    const begin = Math.max(this.#clock.monotonic(), this.#freeAtMs[direction]);
    const leftAtMs = begin + (octets * 1000) / this.#quality.octetsPerSecond;
    this.#freeAtMs[direction] = leftAtMs;
    return { leftAtMs, arrivesAtMs: leftAtMs + this.#quality.roundTripMs / 2 };
  }
}

type Carry = (octets: number) => { leftAtMs: number; arrivesAtMs: number };

/** Octets under way; `undefined` is the end of the stream. */
interface Flight {
  readonly arrivesAtMs: number;
  readonly bytes: Uint8Array | undefined;
}

class SlowConnection implements Connection {
  readonly remote;
  readonly local;
  readonly #inner: Connection;
  readonly #clock: Clock;
  readonly #carry: { send: Carry; receive: Carry };
  readonly #onClose: () => void;
  readonly #closed = new AbortController();
  readonly #incoming: Flight[] = [];
  readonly #outgoing: Flight[] = [];
  #incomingOctets = 0;
  #outgoingOctets = 0;
  #changed = Promise.withResolvers<void>();
  #failure: unknown;

  constructor(
    inner: Connection,
    clock: Clock,
    carry: { send: Carry; receive: Carry },
    onClose: () => void,
  ) {
    this.#inner = inner;
    this.#clock = clock;
    this.#carry = carry;
    this.#onClose = onClose;
    this.remote = inner.remote;
    this.local = inner.local;
    const fail = (error: unknown) => {
      this.#failure ??= error;
      this.close();
    };
    this.#pumpIn().catch(fail);
    this.#pumpOut().catch(fail);
  }

  async read(into: Uint8Array): Promise<number | null> {
    const flight = await this.#until(() => this.#incoming[0]);
    await this.#waitUntil(flight.arrivesAtMs);
    if (flight.bytes === undefined) return null;
    const count = Math.min(into.length, flight.bytes.length);
    into.set(flight.bytes.subarray(0, count));
    this.#incoming[0] = { ...flight, bytes: flight.bytes.subarray(count) };
    if (count === flight.bytes.length) this.#incoming.shift();
    this.#incomingOctets -= count;
    this.#notify();
    return count;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += SEGMENT_OCTETS) {
      await this.#until(() => this.#outgoingOctets < BUFFER_OCTETS || undefined);
      const segment = bytes.slice(at, at + SEGMENT_OCTETS);
      const { arrivesAtMs } = this.#carry.send(segment.length);
      this.#outgoingOctets += segment.length;
      this.#outgoing.push({ arrivesAtMs, bytes: segment });
      this.#notify();
    }
  }

  async closeWrite(): Promise<void> {
    const { arrivesAtMs } = this.#carry.send(0);
    this.#outgoing.push({ arrivesAtMs, bytes: undefined });
    this.#notify();
    await this.#until(() => this.#outgoing.length === 0 || undefined);
  }

  close(): void {
    this.#failure ??= new Error("Connection closed");
    this.#closed.abort(this.#failure);
    this.#inner.close();
    this.#onClose();
    this.#notify();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #pumpIn(): Promise<void> {
    while (true) {
      await this.#until(() => this.#incomingOctets < BUFFER_OCTETS || undefined);
      const buffer = new Uint8Array(SEGMENT_OCTETS);
      const count = await this.#inner.read(buffer);
      const { leftAtMs, arrivesAtMs } = this.#carry.receive(count ?? 0);
      this.#incoming.push({
        arrivesAtMs,
        bytes: count === null ? undefined : buffer.subarray(0, count),
      });
      this.#incomingOctets += count ?? 0;
      this.#notify();
      if (count === null) return;
      await this.#waitUntil(leftAtMs);
    }
  }

  async #pumpOut(): Promise<void> {
    while (true) {
      const flight = await this.#until(() => this.#outgoing[0]);
      await this.#waitUntil(flight.arrivesAtMs);
      if (flight.bytes === undefined) await this.#inner.closeWrite();
      else await this.#inner.write(flight.bytes);
      this.#outgoing.shift();
      this.#outgoingOctets -= flight.bytes?.length ?? 0;
      this.#notify();
      if (flight.bytes === undefined) return;
    }
  }

  async #waitUntil(atMs: number): Promise<void> {
    const ms = atMs - this.#clock.monotonic();
    if (ms > 0) await this.#clock.sleep(ms, this.#closed.signal);
  }

  /** Waits for a condition that only this connection's own pumps and callers change. */
  async #until<T>(condition: () => T | undefined): Promise<T> {
    while (true) {
      if (this.#closed.signal.aborted) throw this.#failure;
      const value = condition();
      if (value !== undefined) return value;
      await this.#changed.promise;
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
