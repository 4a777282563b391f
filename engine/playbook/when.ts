import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Node, ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { withinSearchTime } from '../core/search_time.ts'
import { redact } from '../core/secret.ts'
import { celFor } from './cel_idiom.ts'
import { CelVariables, currentVariables } from './cel_value.ts'
import { Pending, Unknown } from './pending.ts'
import { placeInScalar } from './place.ts'
import type { Scope } from './scope.ts'
import { adviceForName } from './undefined.ts'
import { compareVersions } from './version.ts'

/** A condition as a document holds it: a boolean, or an expression of CEL. */
export type Condition = Node

/** What is wrong with a condition whatever the host, such as its syntax. */
export function conditionProblems(condition: Condition): readonly Diagnostic[] {
  if (condition.kind !== 'scalar') return [notACondition(condition)]
  if (typeof condition.value === 'boolean') return []
  try {
    parse(condition)
    return []
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics
    throw error
  }
}

/** Whether a condition holds. Rejects one that is wrong or no boolean; throws `Pending` if it needs what is not known yet. */
export function holds(condition: Condition, scope: Scope): boolean {
  if (condition.kind !== 'scalar') return reject(notACondition(condition))
  if (typeof condition.value === 'boolean') return condition.value
  const { evaluate, searches } = parse(condition)
  const variables = new CelVariables(scope)
  const outcome = attempt(() => (searches ? withinSearchTime('any', () => evaluate(variables)) : evaluate(variables)))
  // CEL lets `broken || true` be true. A name that does not exist, or is not known yet, must not pass that way.
  if (variables.missing !== undefined) throw new Rejected([unknownVariable(variables.missing, { condition, scope })])
  if (variables.failure instanceof Unknown) return variables.failure.guess.holds(condition)
  if (variables.failure !== undefined) throw variables.failure
  if ('error' in outcome) throw explained(condition, outcome.error)
  if (typeof outcome.value === 'boolean') return outcome.value
  return reject({
    code: 'condition',
    message: 'conditions are booleans, and this is not one',
    origin: condition.origin,
    help: 'compare it with something: `x == 1`, `size(list) > 0`, `text != ""`',
  })
}

/** The first condition that does not hold, in order; the later ones are not looked at. */
export function firstFalse(conditions: readonly Condition[], scope: Scope): Condition | undefined {
  return conditions.find((condition) => !holds(condition, scope))
}

type Attempt = { readonly value: unknown } | { readonly error: unknown }

function attempt(evaluate: () => unknown): Attempt {
  try {
    return { value: evaluate() }
  } catch (error) {
    return { error }
  }
}

interface Expression {
  readonly evaluate: (variables: CelVariables) => unknown
  /** Whether it looks for a regular expression. */
  readonly searches: boolean
}

const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false })
  .registerFunction('version_compare(string, string): int', (a: string, b: string) => BigInt(compareVersions(a, b)))
  .registerFunction('defined(ast): bool', ({ args }: { readonly args: readonly ASTNode[] }) => ({
    typeCheck: (
      checker: { readonly check: (node: unknown, context: unknown) => unknown; readonly getType: (name: string) => unknown },
      _macro: unknown,
      context: unknown,
    ) => {
      checker.check(args[0], context)
      return checker.getType('bool')
    },
    evaluate: (evaluator: { readonly run: (node: unknown, context: unknown) => unknown }, _macro: unknown, context: Frame) =>
      currentVariables(context).isDefined(() => evaluator.run(args[0], context)),
  }))

interface Frame {
  readonly getValue: (name: unknown) => unknown
}

const parsed = new WeakMap<ScalarNode, Expression>()

function parse(condition: ScalarNode): Expression {
  const known = parsed.get(condition)
  if (known) return known
  const text = String(condition.value ?? '')
  if (text.includes('{{')) {
    const inner = text.replaceAll(/\{\{\s*|\s*\}\}/g, '')
    reject({
      code: 'condition',
      message: 'a condition is an expression already and takes no braces',
      origin: condition.origin,
      help: `write \`${celFor(inner) ?? inner}\``,
    })
  }
  try {
    const expression = { evaluate: parseCel(condition, text), searches: text.includes('matches') }
    parsed.set(condition, expression)
    return expression
  } catch (error) {
    throw explained(condition, error)
  }
}

/** Names of types win over variables in CEL, without a word; `type(x) == list` is the one use for them. */
function parseCel(condition: ScalarNode, text: string): Expression['evaluate'] {
  const expression = environment.parse(text)
  const type = text.includes('type(') ? undefined : TYPE_NAME.exec(text.replaceAll(STRING, (quoted) => ' '.repeat(quoted.length)))
  if (!type) return expression
  const name = type[0]
  const origin = placeInScalar(condition)({ offset: type.index, length: name.length })
  return reject({
    code: 'condition',
    message: `\`${name}\` is a type in CEL, not a variable`,
    origin,
    help: `write \`vars.${name}\`, or give the variable another name`,
  })
}

const TYPE_NAME = /(?<![\w.])(?:list|map|string|int|uint|double|bool|bytes|type|optional_type)\b(?!\s*\()/
const STRING = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/g

interface CelError {
  readonly code: string
  readonly summary: string
  readonly range?: { readonly start: number; readonly end: number }
}

function isCelError(error: unknown): error is CelError {
  return error instanceof Error && 'summary' in error && 'code' in error
}

function explained(condition: ScalarNode, error: unknown): unknown {
  if (error instanceof Pending || error instanceof Rejected || !isCelError(error)) return error
  const text = String(condition.value)
  const origin = celOrigin(condition, error)
  const spelling = celFor(text)
  if (spelling !== undefined)
    return new Rejected([{ code: 'condition', message: `\`${text}\` is not written in CEL`, origin, help: `write \`${spelling}\`` }])
  return new Rejected([{ code: 'condition', ...sentence(error), origin }])
}

function celOrigin(condition: ScalarNode, { range }: CelError): Origin {
  const text = String(condition.value)
  if (!range) return condition.origin
  const offset = Math.min(range.start, Math.max(0, text.length - 1))
  return placeInScalar(condition)({ offset, length: Math.max(1, Math.min(range.end, text.length) - offset) })
}

function unknownVariable(name: string, { condition, scope }: { readonly condition: ScalarNode; readonly scope: Scope }): Diagnostic {
  const text = String(condition.value)
  const offset = new RegExp(`(?<![\\w.])${name}\\b`).exec(text)?.index ?? 0
  const help = adviceForName(name, scope.names()).help ?? `say \`defined(${name}) && …\` if it may be missing`
  return {
    code: 'undefined-variable',
    message: `\`${name}\` is not defined`,
    origin: placeInScalar(condition)({ offset, length: name.length }),
    help,
  }
}

/** CEL's own message in our form. */
function sentence({ code, summary }: CelError): Pick<Diagnostic, 'message' | 'help'> {
  const first = redact(summary.split('\n')[0] ?? '').replace(/\.$/, '')
  if (code === 'no_such_key')
    return {
      message: first.replace(/^No such key: (.*)$/, 'there is no key `$1` here'),
      help: 'say `defined(…) && …` if it may be missing',
    }
  if (code === 'reserved_identifier')
    return {
      message: first.replace(/^Reserved identifier: (.*)$/, '`$1` is a reserved word of CEL'),
      help: `write \`vars.${first.split(' ').at(-1)}\``,
    }
  const message = first.charAt(0).toLowerCase() + first.slice(1).replaceAll(/dyn<(\w+)>/g, '$1')
  return { message, help: HELP[code] ?? 'conditions are CEL: `a == 1 && (b || !c)`, `x in list`, `size(list) > 0`, `defined(x)`' }
}

const HELP: { readonly [code: string]: string } = {
  no_such_overload: 'make both sides the same kind, for example with `int(x)` or `string(x)`',
  invalid_logical_operand: 'only booleans can be joined; compare the value with something first',
  index_out_of_bounds: 'check `size(list)` first',
}

function notACondition({ origin }: Node): Diagnostic {
  return { code: 'condition', message: 'a condition is an expression or a boolean', origin, help: 'write it as text: `when: x == 1`' }
}
