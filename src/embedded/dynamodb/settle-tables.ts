import { openLevel } from './dynalite.ts'

interface StoredTable {
  readonly TableStatus?: string
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexStatus?: string }[]
}

const TABLES = { gte: 'table~', lt: 'table~\uffff' }

/**
 * Ends what a killed process was in the middle of: dynalite stores CREATING, and ACTIVE from a timer, so that a table whose
 * process dies between would stay unusable for ever. A table that was being deleted goes.
 */
export async function settleTables(path: string): Promise<void> {
  const level = await openLevel(path)
  try {
    for await (const [key, value] of level.iterator(TABLES)) {
      const table = value as StoredTable
      if (table.TableStatus === 'DELETING') await level.del(key)
      else if (table.TableStatus !== 'ACTIVE') await level.put(key, active(table))
    }
  } finally {
    await level.close()
  }
}

function active(table: StoredTable): StoredTable {
  const settled = { ...table, TableStatus: 'ACTIVE' }
  if (!table.GlobalSecondaryIndexes) return settled
  const indexes = table.GlobalSecondaryIndexes.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }))
  return { ...settled, GlobalSecondaryIndexes: indexes }
}
