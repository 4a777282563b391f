import type { Connection } from '../transport/host.ts'
import { Overdue } from './answers.ts'

interface Watch {
  readonly connection: Connection
  /** The longest it may stand still. */
  readonly lookMs: number
}

/** A transfer may take long, but not stand still: then its connection is closed, and it rejects with `Overdue`. */
export async function moving(transfer: (onProgress: () => void) => Promise<void>, { connection, lookMs }: Watch): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const standstill = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, lookMs, new Overdue(`the host took nothing more of a file for ${lookMs / 1000} s`, []))
  })
  try {
    await Promise.race([transfer(() => timer?.refresh()), standstill])
  } catch (error) {
    if (error instanceof Overdue) void connection.close()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
