import { type Html, markup } from "./markup.ts";
import { span } from "../../../formats/words.ts";

/** One sentence about what came of a button that was pressed. */
export interface Notice {
  readonly tone: "good" | "bad";
  readonly text: string;
}

/** What pressing "Call now" came to; the words of the address the browser is sent to. */
export type CallAnswer = (typeof CALL_ANSWERS)[number];

const CALL_ANSWERS = ["started", "running", "wrong", "unset", "wait", "elsewhere"] as const;

/** Whether `text`, from an address anybody can type, is one of ours. */
export function isCallAnswer(text: string | undefined): text is CallAnswer {
  return CALL_ANSWERS.some((answer) => answer === text);
}

/** @param waitMs How long this reader must wait before the next password. */
export function noticeOf(answer: CallAnswer, waitMs: number): Notice {
  switch (answer) {
    case "started":
      return { tone: "good", text: "The call has begun." };
    case "running":
      return { tone: "good", text: "A call is going on already." };
    case "wrong":
      return { tone: "bad", text: "That is not the manager password." };
    case "unset":
      return { tone: "bad", text: "No manager password is set on this mail server yet." };
    case "elsewhere":
      return { tone: "bad", text: "The configuration lets nobody ask for a call from here." };
    case "wait": {
      const when = waitMs > 0 ? `in ${span(waitMs + 999)}` : "now";
      return { tone: "bad", text: `Too many wrong passwords. You can try again ${when}.` };
    }
  }
}

/** The notice as it stands at the head of the page. */
export function renderNotice({ tone, text }: Notice): Html {
  return markup`<p class="notice ${tone}" role="${
    tone === "good" ? "status" : "alert"
  }">${text}</p>`;
}
