import { type Html, markup, type Renderable } from "./markup.ts";

/** A column: its heading, and how its cells are set. */
export interface Column {
  readonly title: string;
  /** `main` heads the row; `number` stands at the right, `short` on one line, on a wide screen. */
  readonly kind?: "main" | "number" | "short";
}

/** What a table says. A cell without content is left out on a phone. */
export interface Table {
  /** Says what the table is to those who cannot see where it stands. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Renderable[])[];
}

/** A table narrow enough for a phone. */
export function narrowTable({ caption, columns, rows }: Table): Html {
  const cells = (row: readonly Renderable[]) =>
    columns.map((column, index) => markup`<td${classOf(column)}>${row[index]}</td>`);
  return markup`<table><caption>${caption}</caption>${head(columns)}<tbody>${
    rows.map((row) => markup`<tr>${cells(row)}</tr>`)
  }</tbody></table>`;
}

/**
 * A table that becomes a list of small cards on a phone: each cell carries its heading along, in an
 * attribute that the style sheet shows there.
 */
export function wideTable({ caption, columns, rows }: Table): Html {
  return markup`<table class="wide"><caption>${caption}</caption>${head(columns)}<tbody>${
    rows.map((row) =>
      markup`<tr>${columns.map((column, index) => labelledCell(column, row[index]))}</tr>`
    )
  }</tbody></table>`;
}

function labelledCell(column: Column, content: Renderable): Html {
  const label = column.kind !== "main" && markup` data-label="${column.title}"`;
  return markup`<td${classOf(column)}${label}>${content}</td>`;
}

function head(columns: readonly Column[]): Html {
  return markup`<thead><tr>${
    columns.map((column) => markup`<th scope="col"${classOf(column)}>${column.title}</th>`)
  }</tr></thead>`;
}

function classOf({ kind }: Column): Html | false {
  return kind !== undefined && markup` class="${kind}"`;
}

/** Says how many were left out, if any. */
export function more(hidden: number, where: Renderable): Html {
  return hidden > 0 ? markup`<p class="more">and ${hidden} more; ${where}</p>` : markup``;
}

/** What stands in the place of a table without rows. */
export function nothing(text: Renderable): Html {
  return markup`<p class="nothing">${text}</p>`;
}
