import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CODES } from '../../engine/core/codes.ts'

/** Codes that are put together from pieces, where no search can find them whole. */
const COMPOSED = ['missing-key', 'missing-param', 'unknown-key', 'unknown-param']

/** Texts beside `code:` that are no error codes. */
const NO_CODE = ['b64encode']

const engine = fileURLToPath(new URL('../../../engine', import.meta.url))
const test = suite('error codes')

test('every code that the engine reports has a cause and a cure', async () => {
  const used = usedCodes(await engineText())
  assert.ok(used.length > 40, 'the engine was searched')
  assert.equal(
    used.filter((code) => !Object.hasOwn(CODES, code)),
    [],
  )
})

test('every code in the list is reported somewhere', async () => {
  const used = usedCodes(await engineText())
  assert.equal(
    Object.keys(CODES).filter((code) => !used.includes(code)),
    [],
  )
})

test('codes are kebab case, and causes and cures are sentences', () => {
  for (const [code, { cause, cure }] of Object.entries(CODES)) {
    assert.match(code, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    for (const sentence of [cause, cure]) assert.match(sentence, /[.)]$/, `${code}: ${sentence}`)
  }
})

test('a code that is not in the list would be found', () => {
  assert.equal(usedCodes("reject({ code: 'planted-code', message })\ncode: x ? 'one-code' : 'other-code',"), [
    'one-code',
    'other-code',
    'planted-code',
  ])
})

test.run()

async function engineText(): Promise<string> {
  const files = (await readdir(engine, { recursive: true })).filter((name) => name.endsWith('.ts') && name !== 'core/codes.ts')
  return (await Promise.all(files.map((name) => readFile(join(engine, name), 'utf8')))).join('\n')
}

function usedCodes(text: string): readonly string[] {
  const places = [...text.matchAll(/\bcode: ?([^,\n]*)/g)].flatMap(([, value = '']) => [...value.matchAll(/'([a-z0-9-]+)'/g)])
  const composed = /code: `/.test(text) ? COMPOSED : []
  const found = new Set([...places.map(([, code = '']) => code), ...composed])
  return [...found].filter((code) => !NO_CODE.includes(code)).sort()
}
