import { DatabaseSync } from 'node:sqlite'
import type { CountsTable, PartitionOfCounts, WritingStep } from './counts-table.ts'

/** A database file, by the SQLite that comes with Node: each call is a connection of its own, as each process has one. */
export class SqliteCountsTable implements CountsTable {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
    this.#connected((database) => {
      database.exec('CREATE TABLE IF NOT EXISTS counts (word TEXT PRIMARY KEY, count INTEGER)')
      database.exec('CREATE TABLE IF NOT EXISTS done (token TEXT PRIMARY KEY)')
    })
  }

  add({ token, rows }: PartitionOfCounts, at: (step: WritingStep) => void): void {
    this.#connected((database) => {
      at('begun')
      database.exec('BEGIN IMMEDIATE')
      const insert = database.prepare('INSERT OR IGNORE INTO done VALUES (?)')
      const isNew = token === undefined || insert.run(token).changes > 0
      at('token-written')
      const add = database.prepare(
        'INSERT INTO counts VALUES (?, ?) ON CONFLICT (word) DO UPDATE SET count = count + excluded.count',
      )
      if (isNew) for (const [word, count] of rows) add.run(word, count)
      at('rows-written')
      database.exec('COMMIT')
      at('committed')
    })
  }

  totals(): Readonly<Record<string, number>> {
    return this.#connected((database) => {
      const rows = database.prepare('SELECT word, count FROM counts ORDER BY word').all()
      return Object.fromEntries(rows.map(({ word, count }) => [String(word), Number(count)]))
    })
  }

  /** Whoever fails, or dies, leaves its transaction behind with its connection. */
  #connected<R>(use: (database: DatabaseSync) => R): R {
    const database = new DatabaseSync(this.#file, { timeout: 10_000 })
    try {
      return use(database)
    } finally {
      database.close()
    }
  }
}
