/** A directory of its own that is gone, with all that is in it, when disposed. */
export async function temporaryDirectory(
  prefix: string,
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }).catch(() => {}),
  };
}
