/** Compares our readers of literals, shell words, ranges and YAML scalars with what Python and Ansible answered: see python_answers.py. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plain } from '../../engine/core/node.ts'
import { type Literal, pythonLiteral, StrangeLiteral } from '../../engine/inventory/literal.ts'
import { BadRange, expandHosts } from '../../engine/inventory/range.ts'
import { BadQuoting, shellWords } from '../../engine/inventory/shell_words.ts'
import { parseYaml } from '../../engine/source/yaml.ts'

const test = suite('python answers')

type Answers = { readonly [kind in 'literals' | 'words' | 'hosts' | 'scalars']: readonly (readonly [text: string, answer: unknown])[] }
const file = fileURLToPath(new URL('../../../test/inventory/python_answers.json', import.meta.url))
const answers = JSON.parse(readFileSync(file, 'utf8')) as Answers

/** Python reads the digits `01` before a `j`; we leave such a text a text. */
const OLD_IMAGINARY = /^0\d+j/

test('literals', () => {
  for (const [text, answer] of answers.literals) if (!OLD_IMAGINARY.test(text)) assert.equal(literalOf(text), answer, text)
})

test('shell words', () => {
  for (const [text, answer] of answers.words) assert.equal(wordsOf(text), answer, text)
})

test('hosts and ranges', () => {
  for (const [text, answer] of answers.hosts) assert.equal(hostsOf(text), answer, text)
})

test('YAML scalars', () => {
  for (const [text, answer] of answers.scalars) assert.equal(plain(parseYaml(`v: ${text}\n`, 'f')), { v: answer }, text)
})

function literalOf(text: string): unknown {
  try {
    const literal = pythonLiteral(text)
    return literal ? jsonOf(literal.value) : { text: true }
  } catch (error) {
    if (error instanceof StrangeLiteral) return { strange: true }
    throw error
  }
}

function jsonOf(value: Literal): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]: [string, Literal]) => [key, jsonOf(inner)]))
  return Array.isArray(value) ? value.map(jsonOf) : value
}

function wordsOf(text: string): unknown {
  try {
    return shellWords(text).map((word) => word.text)
  } catch (error) {
    if (error instanceof BadQuoting) return null
    throw error
  }
}

function hostsOf(text: string): unknown {
  try {
    const { names, port } = expandHosts(text)
    return [names, port ?? null]
  } catch (error) {
    if (error instanceof BadRange) return null
    throw error
  }
}

test.run()
