import type { Holder } from './holder.ts'

/** What reaching for the lock came to on one host. */
export type Finding =
  | { readonly host: string; readonly kind: 'taken' }
  | { readonly host: string; readonly kind: 'held'; readonly by: Holder | undefined }
  | { readonly host: string; readonly kind: 'silent'; readonly why: string }

export type Silent = Extract<Finding, { kind: 'silent' }>

/** Whether the lock of a fleet is had: on more than half of its hosts, so that two runs can never both have it. */
export type Ruling =
  | { readonly kind: 'won' }
  /** Another run has it, or reaches for it at this moment. */
  | { readonly kind: 'lost'; readonly host: string; readonly by: Holder | undefined }
  /** A host has not yet noticed that a connection of this very run is gone. */
  | { readonly kind: 'own'; readonly host: string }
  /** Too few hosts could be asked. */
  | { readonly kind: 'few'; readonly silent: readonly Silent[] }

interface Ruled {
  /** How many hosts hold the lock. */
  readonly total: number
  readonly run: string
  /** The operator goes on without the hosts that cannot be reached. */
  readonly isForced: boolean
}

/** Rules on what was found, perhaps on some of the hosts only. */
export function ruling(findings: readonly Finding[], { total, run, isForced }: Ruled): Ruling {
  if (findings.filter(({ kind }) => kind === 'taken').length >= majorityOf(total)) return { kind: 'won' }
  const held = findings.flatMap((finding) => (finding.kind === 'held' ? [finding] : []))
  const rival = held.find(({ by }) => by?.run !== run)
  if (rival) return { kind: 'lost', host: rival.host, by: rival.by }
  if (isForced) return { kind: 'won' }
  const [own] = held
  if (own) return { kind: 'own', host: own.host }
  return { kind: 'few', silent: findings.flatMap((finding) => (finding.kind === 'silent' ? [finding] : [])) }
}

export function majorityOf(total: number): number {
  return Math.floor(total / 2) + 1
}
