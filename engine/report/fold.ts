import type { Entry } from './order.ts'

/** Hosts on which a task came to exactly the same; `first` speaks for all of them. */
export interface Fold {
  readonly hosts: readonly string[]
  readonly first: Entry
}

/** Folds what the hosts said about one task; the order is that of the first host of each fold. */
export function fold(entries: readonly Entry[]): readonly Fold[] {
  const folds = new Map<string, { hosts: string[]; first: Entry }>()
  for (const entry of entries) {
    const key = likeness(entry)
    const known = folds.get(key)
    if (known) known.hosts.push(entry.host)
    else folds.set(key, { hosts: [entry.host], first: entry })
  }
  return [...folds.values()]
}

function likeness({ host, task, result, messages, delegate, rescued }: Entry): string {
  const { status, changes, help, ignored, registered } = result
  const message = status === 'failed' || status === 'unreachable' ? unnamed(result.message, host) : result.message
  const output = status === 'failed' ? [registered['rc'], registered['stderr'], registered['stdout']] : []
  return JSON.stringify([task.label, status, changes, message, help, ignored, messages, delegate, rescued, output])
}

/** A failure that differs only in the host it names is the same failure. */
function unnamed(message: string | undefined, host: string): string | undefined {
  const name = new RegExp(`(?<![\\w.-])${host.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'g')
  return message?.replaceAll(name, '').replaceAll(/\d+\.\d+\.\d+\.\d+/g, '')
}
