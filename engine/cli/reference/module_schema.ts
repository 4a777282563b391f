import type { Json } from '../../core/json.ts'
import type { Module } from '../../core/module.ts'
import type { ObjectSchema } from '../../core/params.ts'
import { objectSchema, TEMPLATE } from './param_schema.ts'

/** The JSON Schema of what stands under a module's name in a task. */
export function moduleSchema(module: Module): { readonly [keyword: string]: Json } {
  const params = objectSchema(withVerbs(module))
  const text = module.freeForm === undefined ? undefined : freeFormSchema(module.schema, module.freeForm)
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: `Generated from the declaration of \`${module.name}\` by \`npm run docs\`.`,
    title: module.name,
    description: module.summary,
    ...(text === undefined ? { anyOf: [params, TEMPLATE] } : { anyOf: [params, text] }),
  }
}

/** Handlers may also ask for the module's verbs, in the place of a state. */
function withVerbs(module: Module): ObjectSchema {
  const verbs = module.kind === 'state' ? Object.keys(module.actions ?? {}) : []
  const { state } = module.schema.properties
  if (verbs.length === 0) return module.schema
  const states = state?.type === 'string' ? (state.enum ?? []) : []
  const description = [state?.description, `Only in a handler: ${verbs.map((verb) => `\`${verb}\``).join(', ')}.`].filter(Boolean).join(' ')
  return {
    ...module.schema,
    properties: { ...module.schema.properties, state: { type: 'string', enum: [...states, ...verbs], description } },
  }
}

function freeFormSchema({ properties }: ObjectSchema, name: string): { readonly [keyword: string]: Json } {
  const schema = properties[name]
  const values = schema?.type === 'string' ? schema.enum : undefined
  const description = `The same as \`${name}\`.`
  return values === undefined ? { type: 'string', description } : { enum: values, description }
}
