import { Rejected } from '../../engine/core/diagnostic.ts'
import type { Json } from '../../engine/core/json.ts'
import { type Node, at } from '../../engine/core/node.ts'
import { showOrigin } from '../../engine/core/origin.ts'
import type { Rank } from '../../engine/core/plan.ts'
import { Secret } from '../../engine/core/secret.ts'
import { type Scope, createScope } from '../../engine/playbook/scope.ts'
import type { ScopeLayer } from '../../engine/playbook/scope_layer.ts'
import type { Term } from '../../engine/playbook/term.ts'
import { rememberText } from '../../engine/source/read.ts'
import { parseYaml } from '../../engine/source/yaml.ts'

/** A document as if it had been read from a file. */
export function documentFrom(text: string, file = 'vars.yml'): Node {
  rememberText(file, text)
  return parseYaml(text, file)
}

/** A scope over the variables of one document; a `!secret` opens to its own text. */
export function scopeFrom(text: string, more: readonly ScopeLayer[] = []): Scope {
  const options = { host: 'h1', open: ({ value }: { readonly value: unknown }) => new Secret('token', String(value)) }
  return createScope([{ rank: 'play vars', values: documentFrom(text) }, ...more], options)
}

/** Variables that are values already. */
export function given(values: { readonly [name: string]: Term }, rank: Rank = 'set_fact and register'): ScopeLayer {
  return { rank, given: values }
}

/** A scope over plain values. */
export function scopeOf(values: { readonly [name: string]: Json }): Scope {
  return scopeFrom('{}', [given(values)])
}

/** The value under a key, which the test knows to be there. */
export function under(node: Node, key: string): Node {
  const value = at(node, key)
  if (value === undefined) throw new Error(`the document has no ${key}`)
  return value
}

/** Each problem as `file:line:column message (help)`, or the text `nothing was rejected`. */
export function problemsOf(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    return error.diagnostics.map(
      ({ origin, message, help }) => `${origin ? showOrigin(origin) : 'nowhere'} ${message}${help === undefined ? '' : ` (${help})`}`,
    )
  }
  return ['nothing was rejected']
}
