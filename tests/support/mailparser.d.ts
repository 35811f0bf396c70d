/** What the tests use of mailparser's whole-message parser, which has no types of its own. */
export function simpleParser(source: string | Uint8Array): Promise<{
  readonly subject?: string;
  readonly text?: string;
  readonly attachments: readonly { readonly contentType: string }[];
}>;
