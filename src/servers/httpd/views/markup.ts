import { html, raw } from "hono/html";

/** Text that is safe to put into a page as it is. Only {@linkcode markup} and `raw` make it. */
export type Html = ReturnType<typeof raw>;

/** What a template may hold: text and numbers are escaped, `undefined` and `false` are left out. */
export type Renderable = string | number | false | undefined | Html | readonly Renderable[];

/**
 * Tagged template that escapes every value, in text and in quoted attributes alike.
 *
 * Hono's own tag also takes promises and then yields one; here the types rule them out. It is not
 * called `html`, since `deno fmt` lays templates of that name out anew, and their white space shows.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  return html(parts, ...values) as Html;
}

/** An address, {@linkcode tidy}, that is best broken before its "@" where it must be. */
export function address(text: string): Html {
  const tidied = tidy(text, 100);
  const at = tidied.lastIndexOf("@");
  return at < 0 ? markup`${tidied}` : markup`${tidied.slice(0, at)}<wbr>${tidied.slice(at)}`;
}

/** What cannot be seen or would tear a line: controls, and the marks that turn the direction. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * Prepares text of unknown origin (addresses, reasons, log lines) for the page: one line of at most
 * `maxLength` characters, without controls or marks that would show it as something it is not.
 */
export function tidy(text: string, maxLength = 200): string {
  const visible = text.slice(0, 2 * maxLength).replace(UNPRINTABLE, " ").trim().toWellFormed();
  return visible.length <= maxLength
    ? visible
    : visible.slice(0, maxLength - 1).toWellFormed() + "…";
}
