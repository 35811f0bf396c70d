/**
 * An IPv4 address of this machine by which it is a stranger to itself: not 127.0.0.1, which servers
 * trust. `undefined` if it has no network.
 */
export function lanAddress(): string | undefined {
  return Deno.networkInterfaces()
    .find(({ family, address }) => family === "IPv4" && !/^(?:127|169\.254)\./.test(address))
    ?.address;
}

/** Whether there is one; says loudly if not. */
export function hasLan(): boolean {
  const found = lanAddress() !== undefined;
  if (!found) console.error("MISSING PEER: a network address; tests of strangers are skipped");
  return found;
}
