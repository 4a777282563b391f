import { resolve } from 'node:path'
import { attempt, type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Entry, Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Layer } from '../core/plan.ts'
import { readDocument } from '../source/read.ts'
import { parseYaml } from '../source/yaml.ts'

/** The layers of `-e` in the order given, so that later ones win. Rejects with every one that cannot be read. */
export function parseExtraVars(words: readonly string[], cwd: string): readonly Layer[] {
  const problems: Diagnostic[] = []
  const layers = words.flatMap((word, i) => {
    const name = words.length === 1 ? '-e' : `-e ${i + 1}`
    const values = attempt(problems, () => parseWord(word, { name, cwd }))
    return values ? [{ rank: 'extra vars', values } as const] : []
  })
  if (problems.length > 0) throw new Rejected(problems)
  return layers
}

interface Place {
  readonly name: string
  readonly cwd: string
}

function parseWord(word: string, { name, cwd }: Place): Node {
  if (word.startsWith('@')) return mapOf(readDocument(resolve(cwd, word.slice(1))), `\`${word.slice(1)}\``)
  if (/^\s*[[{]/.test(word)) return mapOf(parseYaml(word, name), `\`${name}\``)
  return pairs(word, name)
}

function mapOf(node: Node, what: string): Node {
  if (node.kind === 'map') return node
  const isEmpty = node.kind === 'scalar' && node.value === null
  if (isEmpty) return { kind: 'map', entries: [], origin: node.origin }
  return reject({ code: 'extra-vars', message: `${what} is no map of variables`, origin: node.origin, help: 'write `{"name": value}`' })
}

/** `a=1 b='two words'`: every value is text, as in Ansible. */
function pairs(word: string, name: string): Node {
  const entries: Entry[] = []
  let offset = 0
  while (offset < word.length) {
    const [text = '', space = '', key, raw = ''] = PAIR.exec(word.slice(offset)) ?? []
    const origin: Origin = { file: name, line: 1, column: offset + space.length + 1 }
    if (key === undefined) return reject(notAPair(word.slice(offset).trim(), origin))
    const value = unquote(raw)
    const valueOrigin = { ...origin, column: origin.column + key.length + 1, length: raw.length }
    entries.push({
      key,
      keyOrigin: { ...origin, length: key.length },
      value: { kind: 'scalar', value, raw, quoted: true, origin: valueOrigin },
    })
    offset += text.length
  }
  return { kind: 'map', entries: lastOfEach(entries), origin: { file: name, line: 1, column: 1 } }
}

const PAIR = /^(\s*)([A-Za-z_]\w*)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)(?=\s|$)\s*/s

/** The text itself stays unsaid: it may be the value of a secret. */
function notAPair(text: string, origin: Origin): Diagnostic {
  const isPair = text.includes('=')
  const message = isPair
    ? 'this is no variable with a value: a name begins with a letter, and quotes are closed'
    : 'a variable needs a value'
  return {
    code: 'extra-vars',
    message,
    origin,
    help: 'write `-e name=value`, `-e \'name="two words"\'`, `-e \'{"name": [1, 2]}\'` or `-e @FILE`',
  }
}

function unquote(raw: string): string {
  return raw.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double?: string, single?: string, escaped?: string) =>
    double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\])/g, '$1'),
  )
}

function lastOfEach(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ key }, i) => !entries.slice(i + 1).some((later) => later.key === key))
}
