import { type Html, markup } from "./markup.ts";

/**
 * The button that begins a call. It stands outside the live sections, so that no update takes away
 * the password that somebody is typing.
 */
export function renderCallForm(
  { passwordSet, open }: { readonly passwordSet: boolean; readonly open: boolean },
): Html {
  return markup`<details class="callnow"${open && markup` open`}><summary>Call now</summary>${
    passwordSet ? passwordForm() : howToSetPassword()
  }</details>`;
}

function passwordForm(): Html {
  return markup`<form method="post" action="/call">
<input name="username" value="manager" autocomplete="username" hidden>
<label for="password">Manager password</label>
<div><input id="password" name="password" type="password" required maxlength="200"
autocomplete="current-password"><button>Begin the call</button></div>
</form>`;
}

function howToSetPassword(): Html {
  return markup`<p>To call from this page, first set a manager password. On the mail server, run:</p>
<p><code>dmail tellpop password</code></p><p>It asks for the password.</p>`;
}
