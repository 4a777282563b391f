import type { Json } from '../../core/json.ts'
import type { Module } from '../../core/module.ts'
import { CHAIN_SCHEMA } from '../../fleet/profile_schema.ts'
import { INVENTORY_SCHEMA, VARS_SCHEMA } from '../../inventory/schema.ts'
import { type Form, type Keyword, keywordsOn, type Owner } from '../../playbook/keyword_table.ts'
import { projectSchema } from '../project.ts'
import { TEMPLATE } from './param_schema.ts'

type JsonSchema = { readonly [keyword: string]: Json }

/** The JSON Schemas of every document an operator writes, by file name. */
export function documentSchemas(modules: readonly Module[]): { readonly [file: string]: JsonSchema } {
  const $defs = stepDefs(modules)
  const plays = { type: 'array', items: { anyOf: [object(properties('play'), { required: ['hosts'] }), IMPORTED_PLAYBOOK] } }
  return {
    'playbook.schema.json': document('Holdfast playbook', { ...plays, $defs }),
    'tasks.schema.json': document('Tasks or handlers of a Holdfast role', { ...STEPS, $defs }),
    'role.schema.json': document('meta/main.yml of a Holdfast role', ROLE),
    'inventory.schema.json': document('Holdfast inventory', INVENTORY_SCHEMA),
    'vars.schema.json': document('Vars of hosts and groups', VARS_SCHEMA),
    'chain.schema.json': document('Holdfast chain profile', CHAIN_SCHEMA as unknown as JsonSchema),
    'project.schema.json': document('holdfast.yml', projectSchema),
  }
}

const STEPS: JsonSchema = { type: ['array', 'null'], items: { $ref: '#/$defs/step' } }
const ANY: JsonSchema = {}
const NAMES: JsonSchema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }

function document(title: string, schema: JsonSchema): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: 'Generated from the code by `npm run docs`.',
    title,
    ...schema,
  }
}

function object(known: { readonly [name: string]: JsonSchema }, more: JsonSchema = {}): JsonSchema {
  return { type: 'object', properties: known, additionalProperties: false, ...more }
}

/** A step is a block, or a task: keywords and exactly one module. */
function stepDefs(modules: readonly Module[]): { readonly [name: string]: JsonSchema } {
  const calls = Object.fromEntries([...moduleCalls(modules), ...Object.entries(BROUGHT)])
  const task = { ...properties('task'), ...properties('handler') }
  return {
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
    step: { if: { required: ['block'] }, then: { $ref: '#/$defs/block' }, else: { $ref: '#/$defs/task' } },
    block: object(properties('block'), { required: ['block'] }),
    task: object({ ...task, ...calls }, { anyOf: Object.keys(calls).map((name) => ({ required: [name] })) }),
  }
}

function moduleCalls(modules: readonly Module[]): readonly (readonly [string, JsonSchema])[] {
  return modules.flatMap(({ name, summary }) => {
    const call = { $ref: `modules/${name}.schema.json`, description: summary }
    return [[name, call] as const, [`ansible.builtin.${name}`, call] as const]
  })
}

/** What brings tasks from elsewhere. */
const BROUGHT: { readonly [name: string]: JsonSchema } = {
  import_tasks: { description: 'Tasks of a file, read before the run.' },
  include_tasks: { description: 'Tasks of a file, chosen for each host during the run.' },
  import_role: { description: 'A role, read before the run.' },
  include_role: { description: 'A role, chosen for each host during the run.' },
}

const IMPORTED_PLAYBOOK: JsonSchema = {
  type: 'object',
  properties: { import_playbook: { type: 'string' }, name: { type: 'string' }, when: ANY, tags: NAMES, vars: { type: 'object' } },
  required: ['import_playbook'],
  additionalProperties: false,
}

function properties(owner: Owner): { readonly [name: string]: JsonSchema } {
  const supported = [...keywordsOn(owner).values()].filter(({ instead }) => instead === undefined)
  return Object.fromEntries(supported.map((keyword) => [keyword.name, keywordSchema(keyword)]))
}

function keywordSchema({ name, form, summary }: Keyword): JsonSchema {
  return { description: summary, ...(HOLDS_STEPS.includes(name) ? STEPS : FORMS[form]) }
}

const HOLDS_STEPS = ['tasks', 'pre_tasks', 'post_tasks', 'handlers', 'block', 'rescue', 'always']

const YES_OR_NO: JsonSchema = { enum: [true, false, 'yes', 'no', 'on', 'off', null] }
const CONDITION: JsonSchema = { type: ['string', 'boolean', 'number'] }

const FORMS: { readonly [form in Form]: JsonSchema } = {
  text: { type: ['string', 'number', 'boolean', 'null'] },
  name: { type: ['string', 'null'] },
  'yes-or-no': YES_OR_NO,
  'yes-or-template': { anyOf: [YES_OR_NO, TEMPLATE] },
  number: { type: ['number', 'string', 'null'] },
  percentage: { type: ['number', 'string', 'null'] },
  conditions: { anyOf: [CONDITION, { type: 'array', items: CONDITION }] },
  names: NAMES,
  texts: NAMES,
  map: { type: ['object', 'null'] },
  maps: { type: ['object', 'array', 'null', 'string'] },
  list: { type: ['array', 'null'] },
  any: ANY,
}

const ROLE: JsonSchema = {
  type: 'object',
  properties: {
    dependencies: { description: 'Roles that run before this one.', type: ['array', 'null'], items: { type: ['string', 'object'] } },
    allow_duplicates: { description: 'Whether the role may run more than once in a play with the same params.', ...YES_OR_NO },
    argument_specs: { description: 'The variables the role takes, in Ansible’s form.', type: 'object' },
    galaxy_info: { description: 'Not read.', type: 'object' },
  },
}
