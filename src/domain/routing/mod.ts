/**
 * Where a recipient leads: the recipient chain (B15).
 *
 * @module
 */
import type { Origin } from "../../formats/envelope.ts";

export type { ForwardFile, ForwardFileKind, ForwardFiles } from "./forward_files.ts";
export { createRouter, type RouterOptions } from "./router.ts";
export {
  type Aliases,
  type AliasRule,
  type AliasSettings,
  type AliasSource,
  createAliases,
} from "./aliases.ts";
export { PatternIndex } from "./pattern_index.ts";
export { chainLog, chainStory } from "./story.ts";
export type { ForwardRule, RoutingTables } from "./tables.ts";

/** One thing to do with a message: an end of a recipient chain. */
export type Destination =
  | { readonly kind: "maildrop"; readonly user: string }
  /** A program that gets the message on its standard input (B18, B37). */
  | {
    readonly kind: "robot";
    /** Program and arguments, without the `|`. */
    readonly command: string;
    /** Whose rule it is, for the uid it runs as; absent if an administrator's rule names it. */
    readonly user?: string;
    /**
     * The user's domain, or that of the address that led to an administrator's rule:
     * domain_chroot (S29) is chosen by it.
     */
    readonly domain: string;
  }
  /** A file the message is appended to (B18); only an administrator's rule can name one. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "relay"; readonly address: string }
  | {
    readonly kind: "reject";
    readonly address: string;
    readonly status: string;
    readonly reason: string;
  };

/** One step of a chain, for `dmail explain` and `log_chain` (S14, B36). */
export type ChainStep =
  /** The chain begins; `name` is what the documents call the recipient, `bob` in the main domain. */
  | { readonly kind: "start"; readonly address: string; readonly name: string }
  /** What was found about an address: "is a local user", "goes to the gateway 10.0.0.1". */
  | { readonly kind: "rule"; readonly address: string; readonly text: string }
  /** An address led to another, to a user, a robot or a file. */
  | { readonly kind: "add"; readonly address: string; readonly name: string };

/** Where a recipient leads, or that it cannot be said now. */
export type Resolution =
  | {
    readonly kind: "resolved";
    readonly destinations: readonly Destination[];
    readonly steps: readonly ChainStep[];
  }
  | { readonly kind: "unavailable"; readonly status: string; readonly reason: string };

/** The answer to one RCPT, before anything is stored. */
export type Verdict =
  /**
   * `redirected` is answered 251 (A37). `users` are those whose maildrops the message would go to;
   * none if it would go elsewhere too.
   */
  | {
    readonly kind: "accept";
    readonly to: "local" | "redirected" | "relay";
    readonly users: readonly string[];
  }
  | { readonly kind: "defer"; readonly status: string; readonly reason: string }
  | { readonly kind: "refuse"; readonly status: string; readonly reason: string };

/** Follows recipient chains. It answers from the tables of now: a route is never frozen. */
export interface Router {
  /**
   * Whether `address` is taken from `origin`. Without side effects; called once a RCPT.
   *
   * @param sender The envelope sender: forward_from opens relaying by its domain.
   */
  check(address: string, origin: Origin, sender?: string): Promise<Verdict>;
  /** Where `address` leads in the end, each destination once. */
  resolve(address: string): Promise<Resolution>;
  /** Whether the domain of `address` is one of ours (host_domain, vdomain). */
  isLocal(address: string): boolean;
}
