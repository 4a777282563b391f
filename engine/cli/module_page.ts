import type { Module } from '../core/module.ts'
import type { Json } from '../core/json.ts'
import type { Schema } from '../core/params.ts'
import { writeYaml } from '../source/write.ts'

/** The reference page of a module for the terminal, from its declaration. */
export function modulePage(module: Module): string {
  const { name, summary, notes = [], schema, examples } = module
  const required = new Set(schema.required ?? [])
  const params = Object.entries(schema.properties).sort(([a], [b]) => Number(required.has(b)) - Number(required.has(a)))
  return [
    `${name}: ${summary}`,
    ...(params.length > 0
      ? ['', 'params:', ...params.flatMap(([param, declared]) => paramLines(param, declared, required.has(param)))]
      : []),
    ...actionLines(module),
    ...notes.flatMap((note, i) => (i === 0 ? ['', 'notes:', `  ${note}`] : [`  ${note}`])),
    ...examples.flatMap(({ title, params: given }) => ['', exampleTask(title, { [name]: given as Json })]),
  ].join('\n')
}

/** One line for each module: its name and what it does. */
export function moduleList(modules: readonly Module[]): string {
  const width = Math.max(...modules.map(({ name }) => name.length)) + 2
  return modules.map(({ name, summary }) => `${name.padEnd(width)}${summary}`).join('\n')
}

function paramLines(name: string, schema: Schema, isRequired: boolean): readonly string[] {
  const remarks = [
    typeWord(schema),
    ...(isRequired ? ['required'] : []),
    ...('default' in schema && schema.default !== undefined ? [`default ${JSON.stringify(schema.default)}`] : []),
    ...(schema.aliases ? [`also ${schema.aliases.join(', ')}`] : []),
  ]
  return [`  ${name} (${remarks.join('; ')})`, ...(schema.description === undefined ? [] : [`      ${schema.description}`])]
}

function typeWord(schema: Schema): string {
  if (schema.type === 'array') return `list of ${typeWord(schema.items)}`
  if (schema.type === 'object') return 'map'
  if (schema.type === 'any') return 'any value'
  if ('enum' in schema && schema.enum) return `one of ${schema.enum.join(', ')}`
  if ('secret' in schema && schema.secret) return 'string or secret'
  return schema.type
}

function actionLines(module: Module): readonly string[] {
  const verbs = module.kind === 'state' ? Object.keys(module.actions ?? {}) : []
  return verbs.length === 0 ? [] : ['', `for handlers only: state: ${verbs.join(', ')}`]
}

function exampleTask(title: string, call: { readonly [module: string]: Json }): string {
  return writeYaml([{ name: title, ...call }]).trimEnd()
}
