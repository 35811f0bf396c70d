/** Whether a path says by itself where it leads, on Unix or Windows. */
export function isAbsolutePath(text: string): boolean {
  return /^(?:[a-z]:)?[\\/]/i.test(text);
}

/** The same on the system we run on: on Unix `c:\mail` is a name like any other, wherever we are. */
export function isAbsolutePathOn(os: "unix" | "windows", text: string): boolean {
  return os === "windows" ? isAbsolutePath(text) : text.startsWith("/");
}
