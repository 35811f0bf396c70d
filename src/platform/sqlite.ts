import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from "node:sqlite";

/** A row as it comes from the database. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A small SQL database in one file. Every statement is synchronous and short. */
export interface Database extends Disposable {
  /** Runs statements without parameters. */
  exec(sql: string): void;
  /** Runs one statement; resolves to how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** All rows of a query. */
  all(sql: string, ...values: SQLInputValue[]): readonly Row[];
  /** The first row of a query. */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  /** Runs `work` in one transaction: all of it is durable when this returns, or none. */
  transaction<T>(work: () => T): T;
}

/**
 * Opens (or makes) the database at `path`; `:memory:` for one that is gone when disposed.
 *
 * A committed transaction survives a power cut: write-ahead log with a sync at each commit.
 */
export function openDatabase(path: string): Database {
  const inner = new DatabaseSync(path);
  inner.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;");
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, statement = inner.prepare(sql));
    return statement;
  };
  let open = true;
  return {
    exec: (sql) => inner.exec(sql),
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    all: (sql, ...values) => prepared(sql).all(...values),
    get: (sql, ...values) => prepared(sql).get(...values),
    transaction(work) {
      inner.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        inner.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk has made SQLite roll back by itself; the first error is the one to report.
        if (inner.isTransaction) inner.exec("ROLLBACK");
        throw error;
      }
    },
    [Symbol.dispose]() {
      if (open) inner.close();
      open = false;
    },
  };
}
