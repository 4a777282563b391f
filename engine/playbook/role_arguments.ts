import { join } from 'node:path'
import { at, type MapNode, type Node, plain } from '../core/node.ts'
import type { ObjectSchema, Schema } from '../core/params.ts'
import type { RoleSchema } from '../core/plan.ts'
import type { CompileOptions } from './compiling.ts'
import { nameAt, type Report, yes } from './keywords.ts'
import { findDocument } from './role_files.ts'

interface Reading {
  readonly folder: string
  /** Which of the role's task files is used; a specification is written for one. */
  readonly from: string
  readonly read: CompileOptions['read']
  readonly report: Report
}

/** What a role says of the variables it takes: `meta/argument_specs.yml` as in Ansible, or a JSON Schema in `meta/arguments.schema.json`. */
export function roleSchema({ folder, from, read, report }: Reading): RoleSchema | undefined {
  const document = findDocument(join(folder, 'meta', 'arguments.schema'))
  if (document !== undefined) return { kind: 'document', schema: plain(read(document)) as { readonly [keyword: string]: never } }
  const file = findDocument(join(folder, 'meta', 'argument_specs')) ?? findDocument(join(folder, 'meta', 'main'))
  const options = file === undefined ? undefined : at(at(at(read(file), 'argument_specs'), from), 'options')
  return options?.kind === 'map' ? { kind: 'params', schema: optionsSchema(options, { report, inside: 'the variables' }) } : undefined
}

/** Other variables than those of the role may be around it; in a map that is described, other keys are mistakes, as in Ansible. */
function optionsSchema(
  { entries }: MapNode,
  { report, inside }: { readonly report: Report; readonly inside: 'the variables' | 'a map' },
): ObjectSchema {
  const options = entries.map(({ key, value }) => ({ key, option: value }))
  return {
    type: 'object',
    additionalProperties: inside === 'a map' ? false : { type: 'any' },
    required: options.filter(({ option }) => option.kind === 'map' && yes(option, 'required') === true).map(({ key }) => key),
    properties: Object.fromEntries(options.map(({ key, option }) => [key, optionSchema(option, report)])),
  }
}

function optionSchema(option: Node, report: Report): Schema {
  if (option.kind !== 'map') return { type: 'any' }
  const type = nameAt(option, 'type') ?? 'str'
  const make = TYPES[type]
  if (make) return make(option, report)
  report({
    code: 'bad-argument-spec',
    message: `there is no argument type \`${type}\``,
    origin: at(option, 'type')?.origin ?? option.origin,
    help: `use one of: ${Object.keys(TYPES).join(', ')}`,
  })
  return { type: 'any' }
}

const TYPES: { readonly [type: string]: (option: MapNode, report: Report) => Schema } = {
  str: textSchema,
  path: textSchema,
  int: () => ({ type: 'integer' }),
  float: () => ({ type: 'number' }),
  bool: () => ({ type: 'boolean' }),
  raw: () => ({ type: 'any' }),
  list: (option, report) => ({ type: 'array', items: elementSchema(option, report) }),
  dict: (option, report) => {
    const options = at(option, 'options')
    return options?.kind === 'map'
      ? optionsSchema(options, { report, inside: 'a map' })
      : { type: 'object', additionalProperties: { type: 'any' } }
  },
}

function textSchema(option: MapNode): Schema {
  const choices = at(option, 'choices')
  const values = choices?.kind === 'list' ? choices.items.flatMap((item) => (item.kind === 'scalar' ? [item.raw] : [])) : []
  return { type: 'string', secret: true, ...(values.length > 0 && { enum: values }) }
}

function elementSchema(option: MapNode, report: Report): Schema {
  const elements = nameAt(option, 'elements')
  if (elements === undefined) return { type: 'any' }
  const entries = option.entries.filter(({ key }) => key === 'options' || key === 'choices')
  const type: Node = {
    kind: 'scalar',
    value: elements,
    raw: elements,
    quoted: false,
    origin: at(option, 'elements')?.origin ?? option.origin,
  }
  return optionSchema({ ...option, entries: [...entries, { key: 'type', keyOrigin: type.origin, value: type }] }, report)
}
