import type { Json } from '../../core/json.ts'
import type { Example, Module } from '../../core/module.ts'
import type { ObjectSchema, Schema } from '../../core/params.ts'
import { writeYaml } from '../../source/write.ts'

/** One param as a reader of the reference needs it. */
export interface ParamFacts {
  /** Its path below the module: `rules[].port`. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly required: boolean
  readonly type: string
  readonly byDefault?: string
  readonly description: string
}

/** Every param of a module, nested ones after the one they stand in. */
export function paramFacts({ schema }: Module): readonly ParamFacts[] {
  return paramsOf(schema, '')
}

/** What a module's kind means for whoever calls it. */
export function kindSentence(module: Module): string {
  if (module.kind === 'control') return 'The controller carries it out; no host is contacted for it.'
  if (module.kind === 'query') return 'It only reads: it runs in check mode too, and never reports a change.'
  if (module.kind === 'state')
    return 'It compares what is with what is asked for, and changes only what differs. Check mode shows the difference.'
  return module.predict
    ? 'It runs each time it is called. Check mode does not run it; where it can, it says whether it would.'
    : 'It runs each time it is called. Check mode does not run it.'
}

/** The verbs that only a handler may ask for, in the place of a state. */
export function verbsOf(module: Module): readonly string[] {
  return module.kind === 'state' ? Object.keys(module.actions ?? {}) : []
}

/** An example as a task. */
export function exampleTask(module: Module, { title, params }: Example<ObjectSchema>): string {
  const entries = Object.entries(params as { readonly [name: string]: Json })
  const [only] = entries
  const isFreeForm = entries.length === 1 && only?.[0] === module.freeForm
  return writeYaml([{ name: title, [module.name]: isFreeForm ? (only?.[1] ?? null) : Object.fromEntries(entries) }])
}

function paramsOf({ properties, required = [] }: ObjectSchema, prefix: string): readonly ParamFacts[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`
    const { default: byDefault } = schema as { readonly default?: Json }
    const own = {
      name: path,
      aliases: schema.aliases ?? [],
      required: required.includes(name),
      type: typeName(schema),
      ...(byDefault !== undefined && { byDefault: JSON.stringify(byDefault) }),
      description: schema.description ?? '',
    }
    return [own, ...nested(schema, path)]
  })
}

function nested(schema: Schema, path: string): readonly ParamFacts[] {
  if (schema.type === 'array') return nested(schema.items, `${path}[]`)
  return schema.type === 'object' && 'properties' in schema ? paramsOf(schema, `${path}.`) : []
}

function typeName(schema: Schema): string {
  if (schema.type === 'array') return `list of ${typeName(schema.items)}`
  if (schema.type === 'object') return 'properties' in schema ? 'map' : `map of ${typeName(schema.additionalProperties)}`
  if (schema.type === 'any') return 'any value'
  if (schema.type !== 'string') return schema.type
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ')
  const type = schema.format === undefined ? 'string' : FORMATS[schema.format]
  return schema.secret ? `${type}, may be secret` : type
}

const FORMATS = { mode: 'mode', path: 'absolute path', source: 'file of the role or playbook' } as const
