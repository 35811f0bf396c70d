/** Whether this process is root's; says loudly what is skipped if it is not. */
export function isRoot(): boolean {
  if (Deno.build.os !== "windows" && Deno.uid() === 0) return true;
  console.error(
    "MISSING PEER: root is not installed as the user of this run; its tests are skipped",
  );
  return false;
}
