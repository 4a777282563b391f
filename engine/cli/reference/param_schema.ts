import type { Json } from '../../core/json.ts'
import type { ObjectSchema, Schema } from '../../core/params.ts'

type JsonSchema = { readonly [keyword: string]: Json }

/** The params of a module as JSON Schema 2020-12, as an editor needs it: where a value may stand, a template may too. */
export function objectSchema({ properties, required = [], additionalProperties, description }: ObjectSchema): JsonSchema {
  const names = Object.entries(properties).flatMap(([name, schema]) =>
    [name, ...(schema.aliases ?? [])].map((alias) => [alias, schema] as const),
  )
  const needed = required.filter((name) => !properties[name]?.aliases)
  const aliased = required.filter((name) => properties[name]?.aliases)
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    properties: Object.fromEntries(names.map(([name, schema]) => [name, documented(schema, properties[name] !== schema)])),
    ...(needed.length > 0 && { required: needed }),
    ...(aliased.length > 0 && { allOf: aliased.map((name) => anyName([name, ...(properties[name]?.aliases ?? [])])) }),
    additionalProperties: additionalProperties === false ? false : valueSchema(additionalProperties),
  }
}

/** A string that holds a template, whose value is known only for a host. */
export const TEMPLATE: JsonSchema = { type: 'string', pattern: '\\{\\{' }

/** Words that YAML 1.1 reads as booleans and newer parsers read as text. */
const BOOLEAN_WORDS = ['yes', 'no', 'on', 'off', 'true', 'false', 'Yes', 'No', 'On', 'Off', 'True', 'False']

function documented(schema: Schema, isAlias: boolean): JsonSchema {
  const { default: byDefault, description } = schema as { readonly default?: Json; readonly description?: string }
  return {
    ...(description !== undefined && { description }),
    ...(byDefault !== undefined && !isAlias && { default: byDefault }),
    ...valueSchema(schema),
  }
}

function valueSchema(schema: Schema): JsonSchema {
  if (schema.type === 'any') return {}
  if (schema.type === 'array') {
    const { items, minItems } = schema
    // One value counts as a list of one, as in Ansible.
    return {
      anyOf: [{ type: 'array', items: valueSchema(items), ...(minItems !== undefined && { minItems }) }, valueSchema(items), TEMPLATE],
    }
  }
  if (schema.type === 'object') return { anyOf: ['properties' in schema ? objectSchema(schema) : mapSchema(schema), TEMPLATE] }
  return { anyOf: [...scalarSchemas(schema), TEMPLATE] }
}

function mapSchema({ additionalProperties }: Extract<Schema, { readonly additionalProperties: Schema }>): JsonSchema {
  return { type: 'object', additionalProperties: valueSchema(additionalProperties) }
}

function scalarSchemas(schema: Exclude<Schema, { readonly type: 'any' | 'array' | 'object' }>): readonly JsonSchema[] {
  if (schema.type === 'boolean') return [{ type: 'boolean' }, { enum: BOOLEAN_WORDS }]
  if (schema.type !== 'string') {
    const { type, minimum, maximum } = schema
    return [{ type, ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) }]
  }
  if (schema.enum) return [{ enum: schema.enum }]
  // A mode without quotes is a number to an editor; whether it lacks its zero is checked by the engine, which sees the text.
  if (schema.format === 'mode') return [{ type: ['string', 'integer'] }]
  if (schema.pattern !== undefined) return [{ type: 'string', pattern: schema.pattern }]
  return [{ type: ['string', 'number', 'boolean'] }]
}

function anyName(names: readonly string[]): JsonSchema {
  return { anyOf: names.map((name) => ({ required: [name] })) }
}
