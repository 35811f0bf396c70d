/**
 * Mail servers of others as the host that dmail sends to. All of them take mail for world.example,
 * but answer 450 to local parts that begin with `later` and 550 to those that begin with `never`.
 *
 * @module
 */
import { octetText } from "./octet_text.ts";

/** A message as it has arrived for a recipient. */
export interface TakenMail {
  readonly recipient: string;
  /** Octets as text, line ends LF; the server has put its own lines in front. */
  readonly text: string;
}

/** A mail server that keeps what it takes. Disposing it ends it and its files. */
export interface NextHost extends AsyncDisposable {
  readonly port: number;
  /** What has arrived so far, once for each time and recipient. */
  taken(): Promise<readonly TakenMail[]>;
}

/** How a next host protects itself. */
export interface NextHostOptions {
  /** STARTTLS with this pair, files in PEM. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Mail is taken from this user alone; only with TLS. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** The messages in a Maildir; `recipientField` is the header field in which the server names it. */
export async function maildirMail(path: string, recipientField: string): Promise<TakenMail[]> {
  const mails: TakenMail[] = [];
  const field = new RegExp(`^${recipientField}: *<?([^\\s<>]+)>?$`, "im");
  try {
    for await (const { name } of Deno.readDir(`${path}/new`)) {
      const text = octetText(await Deno.readFile(`${path}/new/${name}`)).replaceAll("\r\n", "\n");
      mails.push({ recipient: field.exec(text)?.[1] ?? "?", text });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // Nothing has come yet.
  }
  return mails;
}
