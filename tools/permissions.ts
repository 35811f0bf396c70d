/**
 * What the finished program may do: everything a mail server does, but no foreign code in its
 * process (FFI) and no code from the network.
 */
export const PERMISSIONS: readonly string[] = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
];
