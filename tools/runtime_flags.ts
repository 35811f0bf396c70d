/**
 * How the finished program has its memory cleared up: half the room for what has just been made that
 * V8 takes by itself. A long queue then takes a quarter less, and nothing takes longer. (A heap that
 * may grow by half only before all of it is looked through, `--heap-growing-percent=50`, takes less
 * still, but large messages twice the processor time.) See decision 0018.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  "--v8-flags=--max-semi-space-size=8",
];
