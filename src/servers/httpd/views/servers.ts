import type { StatusSnapshot } from "../mod.ts";
import { lamp } from "./lamp.ts";
import { type Html, markup, tidy } from "./markup.ts";
import { nothing, wideTable } from "./table.ts";
import type { Moment } from "./moment.ts";
import { count, grouped } from "../../../formats/words.ts";

const MAX_ROWS = 10;
const MAX_ADDRESSES = 6;

/** What people call each server, and what it is for; one that is not here goes by its own name. */
const KNOWN: ReadonlyMap<string, readonly [label: string, purpose: string]> = new Map([
  ["smtp", ["SMTP", "takes mail in"]],
  ["submission", ["Submission", "takes mail from users"]],
  ["smtps", ["SMTPS", "takes mail, encrypted"]],
  ["odmr", ["ODMR", "hands out mail for other servers"]],
  ["pop3", ["POP3", "hands mail out"]],
  ["pops", ["POP3S", "hands mail out, encrypted"]],
  ["http", ["Web", "this page"]],
  ["manager", ["Manager", "takes commands"]],
]);

/** What listens on the office's network, where, how many are connected, and who may not. */
export function renderServers(
  { servers, certificate, banned }: StatusSnapshot,
  moment: Moment,
): Html {
  return markup`<h2>Servers</h2>${
    servers.length === 0 ? nothing("No server is running.") : wideTable({
      caption: "Servers and who is connected",
      columns: [
        { title: "Server", kind: "main" },
        { title: "Listens at" },
        { title: "Connected", kind: "number" },
      ],
      rows: servers.slice(0, MAX_ROWS).map(({ name, listening, sessions }) => [
        markup`${lamp(listening.length > 0 ? "good" : "bad")}${title(name)}`,
        listening.length > 0
          ? listening.slice(0, MAX_ADDRESSES).map((at) =>
            markup`<span class="${at.length > 21 ? "at" : "at short"}">${tidy(at)}</span>`
          )
          : markup`<strong>nowhere</strong>`,
        grouped(sessions),
      ]),
    })
  }${renderCertificate(certificate, moment)}${renderBanned(banned)}`;
}

/** What a mail program shows that asks whether it shall trust us. */
function renderCertificate(
  { fingerprint, notAfterMs }: StatusSnapshot["certificate"],
  { local }: Moment,
): Html {
  return markup`<p class="more">Certificate until ${local.day(notAfterMs)}, SHA-256 <code>${
    tidy(fingerprint)
  }</code></p>`;
}

function renderBanned(banned: number): Html {
  if (banned === 0) return markup``;
  return markup`<p class="more">${
    count(banned, "address is", "addresses are")
  } kept out for now; <code>dmail tellsmtp bans</code> tells which, and why.</p>`;
}

function title(name: string): Html {
  const [label, purpose] = KNOWN.get(name) ?? [tidy(name, 40)];
  return markup`${label}${purpose && markup` <small>${purpose}</small>`}`;
}
