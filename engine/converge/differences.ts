import { same } from '../core/json.ts'
import type { Change } from '../core/module.ts'

/** The fields that are asked for and are not so. A field missing from `desired` is not managed. */
export function differing(current: object, desired: object): readonly string[] {
  const now = current as Readonly<Record<string, unknown>>
  return Object.entries(desired)
    .filter(([field, wanted]) => wanted !== undefined && !same(now[field], wanted))
    .map(([field]) => field)
}

/** One plain line for each differing field, for modules that have nothing better to say. */
export function plainChanges(current: object, desired: object): readonly Change[] {
  const [now, wanted] = [current as Readonly<Record<string, unknown>>, desired as Readonly<Record<string, unknown>>]
  return differing(current, desired).map((field) => ({ what: field, ...shown('from', now[field]), ...shown('to', wanted[field]) }))
}

function shown<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  if (value === undefined || value === null || value === '') return {}
  return { [key]: typeof value === 'string' ? value : JSON.stringify(value) } as { readonly [P in K]?: string }
}
