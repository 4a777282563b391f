import type { Secret } from './secret.ts'

/** A plain value as documents, hosts and results hold it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A value as variables and params hold it: plain, but any string may be a secret. */
export type Value = null | boolean | number | string | Secret | readonly Value[] | { readonly [key: string]: Value }

/** Equal by meaning: key order does not count, `1` and `1.0` are one number. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return (
    left.length === right.length && left.every(([key, value]) => Object.hasOwn(b, key) && same(value, (b as Record<string, unknown>)[key]))
  )
}
