import { type LineQuality, SlowLine } from "../../src/app/demo/slow_line.ts";
import { type Connection, systemClock, systemNet } from "../../src/platform/mod.ts";

/** A port of this machine at the near end of a thin line. Disposing it cuts the line. */
export interface SlowProxy extends Disposable {
  readonly port: number;
  /** Resolves when somebody connects, to `performance.now()` of that moment. */
  readonly used: Promise<number>;
}

/** Leads through a line of that quality to `target`, a port of this machine. */
export function startSlowProxy(target: number, quality: LineQuality): SlowProxy {
  const line = new SlowLine(quality, { clock: systemClock });
  line.bringUp();
  const far = line.net(systemNet);
  const listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const used = Promise.withResolvers<number>();
  (async () => {
    for await (const near of listener) {
      used.resolve(performance.now());
      carry(near, await far.connect({ host: "127.0.0.1", port: target }));
    }
  })();
  return {
    port: listener.local.port,
    used: used.promise,
    [Symbol.dispose]() {
      listener[Symbol.dispose]();
      line.takeDown();
    },
  };
}

/** Both directions, until both have ended or one is cut. */
function carry(near: Connection, far: Connection): void {
  const cut = () => [near, far].forEach((end) => end.close());
  Promise.all([pump(near, far), pump(far, near)]).then(cut, cut);
}

async function pump(from: Connection, to: Connection): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  for (let got = await from.read(buffer); got !== null; got = await from.read(buffer)) {
    await to.write(buffer.subarray(0, got));
  }
  await to.closeWrite();
}
