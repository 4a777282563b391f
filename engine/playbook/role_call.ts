import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { ObjectSchema, Schema } from '../core/params.ts'
import type { RoleCall } from '../core/plan.ts'
import { Secret } from '../core/secret.ts'
import { validateNode } from '../source/validate.ts'
import { coerce } from './coerce.ts'
import { Pending } from './pending.ts'
import type { Scope } from './scope.ts'
import { force, type Term } from './term.ts'
import { firstFalse } from './when.ts'

/**
 * Rejects with what is wrong with the variables a role takes, as they are for this host. Throws `Pending` if one of them is not known yet
 * and nothing is wrong with the others.
 */
export function checkRoleCall(call: RoleCall, base: Scope): void {
  const scope = base.with(call.vars)
  if (firstFalse(call.when, scope)) return
  const problems =
    call.accepts.kind === 'params'
      ? missingAndWrong(call, { schema: call.accepts.schema, scope })
      : invalid(call, { schema: call.accepts.schema, scope })
  if (problems.length > 0) throw new Rejected(problems)
}

function missingAndWrong(
  { role, origin }: RoleCall,
  { schema, scope }: { readonly schema: ObjectSchema; readonly scope: Scope },
): readonly Diagnostic[] {
  let pending: Pending | undefined
  const problems = Object.entries(schema.properties).flatMap(([name, property]): readonly Diagnostic[] => {
    try {
      const term = scope.lookup(name)
      if (term === undefined) return schema.required?.includes(name) ? [missing(name, { role: role.name, origin })] : []
      return unfit(name, { property, term, call: { role: role.name, origin } })
    } catch (error) {
      if (!(error instanceof Pending)) throw error
      pending = error
      return []
    }
  })
  if (pending && problems.length === 0) throw pending
  return problems
}

/** What is wrong with one variable. Throws `Pending` if it is not known yet. */
function unfit(
  name: string,
  { property, term, call }: { readonly property: Schema; readonly term: Term; readonly call: Called },
): readonly Diagnostic[] {
  const problems: Diagnostic[] = []
  const value = force(term)
  if (value !== null)
    coerce(property, value, { path: name, openToSecrets: true, report: ({ message }) => problems.push(wrong(message, call)) })
  return problems
}

interface Called {
  readonly role: string
  readonly origin: Origin
}

function missing(name: string, { role, origin }: Called): Diagnostic {
  return {
    code: 'missing-argument',
    message: `the role \`${role}\` needs \`${name}\``,
    origin,
    help: `define it in group_vars, or give it with the role: \`vars: {${name}: …}\``,
  }
}

function wrong(message: string, { role, origin }: Called): Diagnostic {
  return { code: 'bad-argument', message: `${message}, says the role \`${role}\``, origin }
}

/** Only names the schema speaks of are looked at. */
function invalid(
  { role, origin }: RoleCall,
  { schema, scope }: { readonly schema: { readonly [keyword: string]: unknown }; readonly scope: Scope },
): readonly Diagnostic[] {
  const properties = Object.keys((schema['properties'] as object | undefined) ?? {})
  const entries = properties.flatMap((key) => {
    const term = scope.lookup(key)
    return term === undefined ? [] : [{ key, keyOrigin: origin, value: nodeOf(force(term), origin) }]
  })
  return validateNode({ kind: 'map', entries, origin }, schema, { what: `the role \`${role.name}\``, isForeign: true })
}

function nodeOf(value: Value, origin: Origin): Node {
  if (value instanceof Secret) return { kind: 'scalar', value: value.reveal(), raw: '', quoted: true, origin }
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', value, raw: String(value), quoted: true, origin }
  if (Array.isArray(value)) return { kind: 'list', items: (value as readonly Value[]).map((item) => nodeOf(item, origin)), origin }
  return {
    kind: 'map',
    origin,
    entries: Object.entries(value).map(([key, item]) => ({ key, keyOrigin: origin, value: nodeOf(item as Value, origin) })),
  }
}
