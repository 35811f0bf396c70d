import type { MailboxSize } from "../../../store/mod.ts";
import { address, type Html, markup } from "./markup.ts";
import { more, narrowTable, nothing } from "./table.ts";
import { grouped, size } from "../../../formats/words.ts";

const MAX_ROWS = 20;

/** The people of the office and the mail that waits for them to pick up. */
export function renderMailboxes(users: readonly MailboxSize[]): Html {
  return markup`<h2>Mailboxes</h2>${
    users.length === 0
      ? nothing(markup`There are no users yet. <code>dmail user add NAME</code> makes one.`)
      : narrowTable({
        caption: "Users and the mail they have not picked up yet",
        columns: [
          { title: "User", kind: "main" },
          { title: "Messages", kind: "number" },
          { title: "Size", kind: "number" },
        ],
        rows: shown(users).map(({ user, messages, octets }) => [
          address(user),
          messages > 0 ? markup`<b>${grouped(messages)}</b>` : markup`<small>none</small>`,
          messages > 0 && size(octets),
        ]),
      })
  }${more(users.length - MAX_ROWS, markup`<code>dmail user list</code> lists them all`)}`;
}

/** In the order given; where not all have room, those with the most mail. */
function shown(users: readonly MailboxSize[]): readonly MailboxSize[] {
  if (users.length <= MAX_ROWS) return users;
  return users.toSorted((a, b) => b.messages - a.messages).slice(0, MAX_ROWS);
}
