/**
 * Lets everything else that is ready have its turn, which work that never waits for anything takes away
 * from it.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
