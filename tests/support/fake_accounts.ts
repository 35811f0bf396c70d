import type { Accounts, CheckResult, LookupResult } from "../../src/domain/accounts/mod.ts";

/** Accounts in memory that remember which passwords were tried. */
export class FakeAccounts implements Accounts {
  /** `user password from`, one a check. */
  readonly checks: string[] = [];
  /** Set to make every look-up fail for now. */
  unavailable: string | undefined;
  readonly #passwords: ReadonlyMap<string, string>;

  /** Names are in lower case. */
  constructor(passwords: Readonly<Record<string, string>>) {
    this.#passwords = new Map(Object.entries(passwords));
  }

  lookup(name: string): Promise<LookupResult> {
    if (this.unavailable !== undefined) return Promise.resolve(this.#unavailable(this.unavailable));
    const user = name.toLowerCase();
    const found = this.#passwords.has(user);
    return Promise.resolve(found ? { kind: "found", account: { user } } : { kind: "unknown" });
  }

  check(name: string, password: string, from: string): Promise<CheckResult> {
    this.checks.push(`${name} ${password} ${from}`);
    if (this.unavailable !== undefined) return Promise.resolve(this.#unavailable(this.unavailable));
    const user = name.toLowerCase();
    const right = this.#passwords.get(user) === password;
    return Promise.resolve(right ? { kind: "accepted", account: { user } } : { kind: "rejected" });
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#passwords.keys()].sort());
  }

  forgetLogins(): number {
    return 0;
  }

  #unavailable(reason: string) {
    return { kind: "unavailable", reason } as const;
  }
}
