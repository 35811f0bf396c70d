import type { StatusSnapshot } from "../mod.ts";
import { renderCallForm } from "./call_form.ts";
import { renderDocument } from "./document.ts";
import { type Html, markup, tidy } from "./markup.ts";
import { exactly, type Moment } from "./moment.ts";
import { type Notice, renderNotice } from "./notice.ts";
import { renderSections, type SectionId, type Sections } from "./sections.ts";
import { span } from "../../../formats/words.ts";

/** Without scripts: often enough to follow a call, else seldom enough to type a password. */
const REFRESH_IN_CALL_S = 10;
const REFRESH_S = 60;

/** The status page. `notice` says what came of a button that was pressed. */
export function renderPage(
  { snapshot, notice }: { readonly snapshot: StatusSnapshot; readonly notice?: Notice | undefined },
  moment: Moment,
): Html {
  const sections = renderSections(snapshot, moment);
  const card = (id: SectionId) =>
    markup`<section id="${id}" class="card" data-live>${sections[id]}</section>\n`;
  const form = { passwordSet: snapshot.passwordSet, open: notice?.tone === "bad" };
  const hostname = tidy(snapshot.hostname, 100);
  return renderDocument({
    title: `${hostname} – mail`,
    refresh: snapshot.line.call ? REFRESH_IN_CALL_S : REFRESH_S,
    live: true,
    body: markup`<header><h1>${hostname}</h1>${asOf(snapshot.atMs, moment)}</header>
<main>${notice && renderNotice(notice)}
<div class="card"><section id="line" data-live>${sections.line}</section>${
      renderCallForm(form)
    }</div>
${card("attention")}<div class="columns">
<div>${card("accounts")}${card("queue")}${events(sections)}</div>
<div>${card("mailboxes")}${card("servers")}${card("problems")}</div>
</div>
</main>
${footer(snapshot, moment)}`,
  });
}

/** Earlier events are folded, around the live section: no update closes what somebody opened. */
function events({ log, earlier }: Sections): Html {
  return markup`<div id="events" class="card"><section id="log" data-live>${log}</section>
<details><summary>Earlier events</summary><div id="earlier" data-live>${earlier}</div></details></div>
`;
}

function asOf(atMs: number, moment: Moment): Html {
  return markup`<p id="now">As of ${exactly(atMs, moment.local.seconds(atMs), moment)}</p>`;
}

function footer({ version, startedAtMs }: StatusSnapshot, moment: Moment): Html {
  const lasted = exactly(startedAtMs, span(moment.nowMs - startedAtMs), moment);
  return markup`<footer>dmail ${tidy(version, 40)}, running for ${lasted}.
<a href="/status.json">All of this as JSON</a></footer>`;
}
