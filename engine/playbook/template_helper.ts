import type { Json, Value } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { force, kindOf, type Term } from './term.ts'

/** A param of a form: read when it is needed, so that what is not needed cannot fail. */
export interface Ask {
  readonly value: () => Term
  /** Undefined where the name or key does not exist. */
  readonly maybe: () => Term | undefined
}

export interface HelperExample {
  readonly template: string
  readonly vars?: { readonly [name: string]: Json }
  readonly gives: Json
}

interface Declared {
  readonly name: string
  /** Its call, as one writes it. */
  readonly usage: string
  readonly summary: string
  /** The least and the most params it takes. */
  readonly takes: readonly [number, number]
  /** Named params it knows: `indent=2`. */
  readonly named?: readonly string[]
  readonly examples: readonly HelperExample[]
}

/** A function of finished values. A secret among them makes every text of the result a secret. */
export interface PlainHelper extends Declared {
  readonly run: (args: readonly Value[], named: { readonly [name: string]: Value }) => Value
  /** It hands values on without making new text of them, so secrets stay where they are. */
  readonly passes?: true
}

/** A helper that decides itself which of its params are read. */
export interface Form extends Declared {
  readonly form: (asks: readonly Ask[]) => Term
}

export type Helper = PlainHelper | Form

/** What is wrong with the params of a helper; the caller knows where. */
export class HelperProblem extends Error {
  readonly help: string | undefined

  constructor(message: string, help?: string) {
    super(message)
    this.name = 'HelperProblem'
    this.help = help
  }
}

/** Calls a helper, checks how many params it got, and keeps secrets secret. */
export function callHelper(helper: Helper, asks: readonly Ask[], named: { readonly [name: string]: Value }): Term {
  const [least, most] = helper.takes
  if (asks.length < least || asks.length > most) {
    const expected = least === most ? `${least}` : `${least} to ${most}`
    throw new HelperProblem(`\`${helper.name}\` takes ${expected} ${most === 1 ? 'param' : 'params'}, not ${asks.length}`)
  }
  const unknown = Object.keys(named).find((name) => !helper.named?.includes(name))
  if (unknown !== undefined) throw new HelperProblem(`\`${helper.name}\` has no named param \`${unknown}\``)
  if ('form' in helper) return helper.form(asks)
  return runPlain(
    helper,
    asks.map(({ value }) => force(value())),
    named,
  )
}

/** The text a value stands for, or a problem that names the helper. */
export function textOf(value: Value | undefined, helper: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') throw new HelperProblem(`\`${helper}\` needs text, not ${kindOf(value)}`)
  return String(value)
}

export function listOf(value: Value | undefined, helper: string): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[]
  throw new HelperProblem(`\`${helper}\` needs a list, not ${kindOf(value ?? null)}`)
}

export function mapOf(value: Value | undefined, helper: string): { readonly [key: string]: Value } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { readonly [key: string]: Value }
  throw new HelperProblem(`\`${helper}\` needs a map, not ${kindOf(value ?? null)}`)
}

export function numberOf(value: Value | undefined, helper: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && !Number.isNaN(number)) return number
  throw new HelperProblem(`\`${helper}\` needs a number, not ${typeof value === 'string' ? 'this text' : kindOf(value ?? null)}`)
}

function runPlain(helper: PlainHelper, args: readonly Value[], named: { readonly [name: string]: Value }): Value {
  const secrets = helper.passes ? [] : [...args, ...Object.values(named)].flatMap(secretsIn)
  if (secrets.length === 0) return helper.run(args, named)
  const open = Object.fromEntries(Object.entries(named).map(([name, value]) => [name, revealed(value)]))
  return tainted(helper.run(args.map(revealed), open), secrets)
}

/** Every secret inside a value. */
function secretsIn(value: Value): readonly Secret[] {
  if (value instanceof Secret) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value as { readonly [key: string]: Value }).flatMap(secretsIn)
}

function revealed(value: Value): Json {
  if (value instanceof Secret) return value.reveal()
  return mapLeaves(value, (leaf) => (leaf instanceof Secret ? leaf.reveal() : leaf)) as Json
}

function tainted(value: Value, secrets: readonly Secret[]): Value {
  return mapLeaves(value, (leaf) => (typeof leaf === 'string' ? taintedText(leaf, secrets) : leaf))
}

/** A text that holds a secret as it is needs no blanking of its own; one in which it is disguised does. */
function taintedText(text: string, secrets: readonly Secret[]): Secret {
  if (secrets.some((secret) => text.includes(secret.reveal()))) return Secret.around(secrets, text)
  return new Secret(secrets[0]?.name ?? 'value', text)
}

function mapLeaves(value: Value, change: (leaf: Value) => Value): Value {
  if (value instanceof Secret || typeof value !== 'object' || value === null) return change(value)
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => mapLeaves(item, change))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item as Value, change)]))
}
