import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Schema } from '../../engine/core/params.ts'
import { MODULES } from '../../engine/modules/registry.ts'

const test = suite('modules')

test('say in words what each param with a pattern should look like', () => {
  const silent = MODULES.flatMap(({ name, schema }) => withoutWords(name, schema))
  assert.equal(silent, [])
})

function withoutWords(path: string, schema: Schema): readonly string[] {
  if (schema.type === 'string') return schema.pattern !== undefined && schema.form === undefined ? [path] : []
  if (schema.type === 'array') return withoutWords(`${path}[]`, schema.items)
  if (schema.type !== 'object') return []
  if ('properties' in schema) return Object.entries(schema.properties).flatMap(([name, inner]) => withoutWords(`${path}.${name}`, inner))
  return withoutWords(`${path}.*`, schema.additionalProperties)
}

test.run()
