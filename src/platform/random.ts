/** Source of randomness. Production uses {@linkcode systemRandom}, tests a seeded one. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  number(): number;
  /** `count` unpredictable octets. */
  bytes(count: number): Uint8Array;
}

/** The machine's own randomness, fit for secrets. */
export const systemRandom: Random = {
  number: () => Math.random(),
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};
