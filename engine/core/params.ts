import type { Secret } from './secret.ts'
import type { Json } from './json.ts'

interface Described {
  readonly description?: string
  /** Other names the param answers to, as in Ansible: `dest` and `name` for the `path` of `file`. Only at the top level. */
  readonly aliases?: readonly string[]
}

export interface StringSchema extends Described {
  readonly type: 'string'
  readonly default?: string
  readonly enum?: readonly string[]
  readonly pattern?: string
  /** What the pattern asks for, in words, as help where a value does not match: `write one word`. */
  readonly form?: string
  /** `mode` takes `'0644'` or `u=rw,g=r,o=r`; `path` must be absolute; `source` names a file of the role or playbook. */
  readonly format?: 'mode' | 'path' | 'source'
  /** The one kind of param that may hold a secret. */
  readonly secret?: true
}

export interface NumberSchema extends Described {
  readonly type: 'integer' | 'number'
  readonly default?: number
  readonly minimum?: number
  readonly maximum?: number
}

export interface BooleanSchema extends Described {
  readonly type: 'boolean'
  readonly default?: boolean
}

/** A single value where a list is expected counts as a list of one, as in Ansible. */
export interface ArraySchema extends Described {
  readonly type: 'array'
  readonly items: Schema
  readonly minItems?: number
}

/** Free keys, such as the environment of a command. */
export interface MapSchema extends Described {
  readonly type: 'object'
  readonly additionalProperties: Schema
}

export interface ObjectSchema extends Described {
  readonly type: 'object'
  readonly properties: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  /** `false`: a key outside `properties` is an error. The other form is for `set_fact`, whose keys are the user's own. */
  readonly additionalProperties: false | AnySchema
}

/** Any plain value: what `set_fact` stores, what `toml` writes. */
export interface AnySchema extends Described {
  readonly type: 'any'
}

/** The subset of JSON Schema that params use; `schemas/` holds the full form made from it. */
export type Schema = StringSchema | NumberSchema | BooleanSchema | ArraySchema | MapSchema | ObjectSchema | AnySchema

type RequiredName<S extends ObjectSchema> =
  | (S['required'] extends readonly string[] ? S['required'][number] : never)
  | { [K in keyof S['properties']]: S['properties'][K] extends { readonly default: unknown } ? K : never }[keyof S['properties']]

type ObjectParams<S extends ObjectSchema> = {
  readonly [K in keyof S['properties'] as K extends RequiredName<S> ? K : never]: Params<S['properties'][K]>
} & { readonly [K in keyof S['properties'] as K extends RequiredName<S> ? never : K]?: Params<S['properties'][K]> }

type FreeKeys<S extends ObjectSchema> = S['additionalProperties'] extends AnySchema ? { readonly [key: string]: Json } : unknown

/** The value a valid document has after coercion and defaults. */
export type Params<S> = S extends { readonly type: 'string'; readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: 'string'; readonly secret: true }
    ? string | Secret
    : S extends { readonly type: 'string' }
      ? string
      : S extends { readonly type: 'integer' | 'number' }
        ? number
        : S extends { readonly type: 'boolean' }
          ? boolean
          : S extends { readonly type: 'array'; readonly items: infer I }
            ? readonly Params<I>[]
            : S extends ObjectSchema
              ? ObjectParams<S> & FreeKeys<S>
              : S extends { readonly type: 'object'; readonly additionalProperties: infer V }
                ? { readonly [key: string]: Params<V> }
                : S extends { readonly type: 'any' }
                  ? Json
                  : never
