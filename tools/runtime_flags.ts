/**
 * How the finished program has its memory cleared up: half the room for what has just been made that
 * V8 takes by itself, and a heap that grows by half before all of it is looked through, not to
 * several times its size. See decision 0018.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  "--v8-flags=--max-semi-space-size=8,--heap-growing-percent=50",
];
