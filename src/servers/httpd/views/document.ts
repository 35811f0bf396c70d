import { raw } from "hono/html";
import { type Html, markup, type Renderable } from "./markup.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** An envelope; in the page itself, since nothing may be loaded from elsewhere. */
const ICON = "data:image/svg+xml," + encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect y="2" width="16" height="12" rx="2.5" fill="#17706e"/><path d="M2.5 5.5 8 9.5l5.5-4" fill="none" stroke="#fff" stroke-width="1.6"/></svg>`,
);

/** A whole HTML page: head, style, and `body`. */
export function renderDocument(
  { title, refresh, live = false, body }: {
    readonly title: string;
    /** Where scripts do not run, the page is drawn anew after so many seconds. */
    readonly refresh?: number;
    /** Whether the script that keeps the sections up to date is part of it. */
    readonly live?: boolean;
    readonly body: Renderable;
  },
): Html {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${ICON}">
<style>${raw(STYLE)}</style>${
    refresh !== undefined && markup`
<noscript><meta http-equiv="refresh" content="${refresh};url=/"></noscript>`
  }
</head>
<body>
${body}${
    live && markup`
<script>${raw(SCRIPT)}</script>`
  }
</body>
</html>
`;
}

/** A page that says one thing in plain words, with the way back. */
export function renderMessage(
  { title, text }: { readonly title: string; readonly text: string },
): Html {
  return renderDocument({
    title,
    body: markup`<main class="message"><h1>${title}</h1><p>${text}</p>
<p><a href="/">To the status page</a></p></main>`,
  });
}
