import TOML from '@iarna/toml'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { Json } from '../../engine/core/json.ts'
import { Refusal } from '../../engine/core/module.ts'
import { type Format, type Setting, applySettings, settingsProblems, splitKey, valueAt } from '../../engine/modules/settings.ts'
import { tomlFormat } from '../../engine/modules/toml_text.ts'
import { jsonFormat, yamlFormat } from '../../engine/modules/yaml_text.ts'

const test = suite('settings')

const key = fc.constantFrom('a', 'b', 'c', 'a-b', 'x y', 'é', 'k.l', '1', 'yes', '#', '"', "it's")
const scalar = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.boolean(),
  fc.string(),
  fc.constantFrom('yes', '012', 'null', '# x', "''", '\\', '"""', '2020-01-01', 'a\nb', ' a ', '1.5', '{', '['),
)
const value: fc.Arbitrary<Json> = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }))
const document = fc.letrec<{ map: { [key: string]: Json }; item: Json }>((tie) => ({
  map: fc.dictionary(key, tie('item'), { maxKeys: 4 }),
  item: fc.oneof({ maxDepth: 3, depthSize: 'small' }, value, tie('map')) as fc.Arbitrary<Json>,
})).map
const setting: fc.Arbitrary<Setting> = fc.record({ path: fc.array(key, { minLength: 1, maxLength: 3 }), value })

const FORMATS: readonly (readonly [string, Format, (value: { [key: string]: Json }) => string])[] = [
  ['TOML', tomlFormat, (map) => TOML.stringify(map as TOML.JsonMap)],
  ['YAML', yamlFormat, (map) => stringify(map, { lineWidth: 0 })],
  ['JSON', jsonFormat, (map) => `${JSON.stringify(map, null, 4)}\n`],
  ['flat JSON', jsonFormat, (map) => JSON.stringify(map)],
]

for (const [name, format, write] of FORMATS) {
  test(`${name}: what is set is there, what is removed is gone, and the second time nothing changes`, () => {
    fc.assert(
      fc.property(document, setting, fc.array(key, { minLength: 1, maxLength: 3 }), (map, set, remove) => {
        const text = write(map)
        fc.pre(settingsProblems({}, { set: [set], remove: [remove] }).length === 0)
        const outcome = unlessRefused(() => applySettings(format, text, { set: [set], remove: [remove] }))
        if (outcome === undefined) return
        assert.equal(valueAt(format.read(outcome), set.path), set.value)
        assert.is(valueAt(format.read(outcome), remove), undefined)
        assert.is(applySettings(format, outcome, { set: [set], remove: [remove] }), outcome)
      }),
      { numRuns: 400 },
    )
  })

  test(`${name}: setting a value that is there, or removing one that is not, changes no byte`, () => {
    fc.assert(
      fc.property(document, (map) => {
        const text = write(map)
        const set = Object.entries(map).map(([name, item]) => ({ path: [name], value: item }))
        assert.is(applySettings(format, text, { set, remove: [['nowhere'], ['a', 'nowhere']] }), text)
      }),
      { numRuns: 100 },
    )
  })
}

test('TOML: every line that holds no changed key stays where it is', () => {
  fc.assert(
    fc.property(document, setting, fc.array(fc.nat(20), { maxLength: 5 }), (map, set, places) => {
      const lines = TOML.stringify(map as TOML.JsonMap).split('\n')
      fc.pre(!lines.some((line) => line.includes('"""')))
      for (const [i, place] of places.entries()) lines.splice(Math.min(place, lines.length), 0, `# comment ${i}`)
      const outcome = unlessRefused(() => applySettings(tomlFormat, lines.join('\n'), { set: [set], remove: [] }))
      if (outcome === undefined) return
      const kept = outcome.split('\n')
      const lost = lines.filter((line) => !kept.includes(line))
      assert.ok(lost.length <= 1, `lost ${JSON.stringify(lost)}`)
      assert.equal(
        kept.filter((line) => line.startsWith('# comment')),
        lines.filter((line) => line.startsWith('# comment')),
      )
    }),
    { numRuns: 400 },
  )
})

test('keys are parted by dots that do not stand in quotes', () => {
  assert.equal(splitKey('a."b.c".d e'), ['a', 'b.c', 'd e'])
  for (const wrong of ['', '.', 'a.', '.a', 'a..b', '"a', 'a"b']) assert.is(splitKey(wrong), undefined, wrong)
  assert.equal(settingsProblems({ values: ['a.'] }, { set: [], remove: [] }), [
    '`values`: `a.` is no key: part keys with dots, and put those that hold one in quotes',
  ])
  assert.equal(settingsProblems({}, { set: [{ path: ['a'], value: 1 }], remove: [['a', 'b']] }), [
    '`a.b` is given twice, or both whole and in part',
  ])
})

test.run()

function unlessRefused(body: () => string): string | undefined {
  try {
    return body()
  } catch (error) {
    if (error instanceof Refusal && !error.message.startsWith('this document cannot be changed')) return undefined
    throw error
  }
}
