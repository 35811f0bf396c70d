/** Whether a path says by itself where it leads, on Unix or Windows. */
export function isAbsolutePath(text: string): boolean {
  return /^(?:[a-z]:)?[\\/]/i.test(text);
}
