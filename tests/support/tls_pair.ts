import { makeSelfSigned } from "../../src/app/self_signed.ts";
import type { TlsServerOptions } from "../../src/platform/mod.ts";

let made: Promise<TlsServerOptions> | undefined;

/** A certificate for `localhost` and 127.0.0.1 that signs itself, made once in a process. */
export function tlsPair(): Promise<TlsServerOptions> {
  return made ??= makeSelfSigned({
    names: ["localhost", "127.0.0.1"],
    notBeforeMs: 0,
    notAfterMs: Date.UTC(2040, 0),
  });
}
