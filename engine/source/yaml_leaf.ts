import type { Scalar } from 'yaml'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { TooPrecise, typed } from './yaml_scalar.ts'

interface Leaf {
  readonly text: string
  readonly origin: Origin
  readonly isJson: boolean
  readonly isUnsafe: boolean
  readonly report: (problem: Diagnostic) => void
}

/** A scalar with its type, or with a problem reported and its text kept. */
export function scalarNode(scalar: Scalar, leaf: Leaf): ScalarNode {
  const { raw, quoted } = written(scalar)
  const origin = underlined(scalar, leaf)
  const value = tagged({ text: raw, quoted, origin, tag: scalar.tag }, leaf)
  const tag = keptTag(scalar.tag) ?? (leaf.isUnsafe && typeof value === 'string' ? '!unsafe' : undefined)
  return { kind: 'scalar', value, raw, quoted, origin, ...(tag !== undefined && { tag }) }
}

/** The text a key stands for; a key that Ansible would read as another value than it looks is a problem. */
export function keyText(node: ScalarNode, report: (problem: Diagnostic) => void): string {
  const { value, raw, origin } = node
  if (typeof value === 'string') return value
  if (typeof value === 'number' && String(value) === raw) return raw
  const shown = raw === '' ? 'an empty key' : `the key \`${raw}\``
  const message = `${shown} reads as ${value === null ? 'null' : String(value)}, not as text`
  report({ code: 'key-not-text', message, origin, help: `write it in quotes: '${raw}'` })
  return raw
}

function written(scalar: Scalar): { readonly raw: string; readonly quoted: boolean } {
  const quoted = scalar.type !== 'PLAIN'
  return { raw: quoted ? String(scalar.value) : (scalar.source ?? ''), quoted }
}

/** A place with the length to underline, where the value stands on one line. */
function underlined(scalar: Scalar, { text, origin }: Leaf): Origin {
  const [start, end] = scalar.range ?? [0, 0, 0]
  const isOnOneLine = end > start && !text.slice(start, end).includes('\n')
  return isOnOneLine ? { ...origin, length: end - start } : origin
}

interface Written {
  readonly text: string
  readonly quoted: boolean
  readonly tag: string | undefined
  readonly origin: Origin
}

const STANDARD = 'tag:yaml.org,2002:'
const TEXT_TAGS = new Set(['!', '!secret', '!unsafe', `${STANDARD}str`])
const TYPE_TAGS = new Map([
  [`${STANDARD}null`, 'object'],
  [`${STANDARD}bool`, 'boolean'],
  [`${STANDARD}int`, 'number'],
  [`${STANDARD}float`, 'number'],
])

function tagged(scalar: Written, leaf: Leaf): ScalarNode['value'] {
  const { text, tag, quoted, origin } = scalar
  if (tag === undefined) return quoted ? text : typedOrText(scalar, leaf)
  if (TEXT_TAGS.has(tag)) return text
  const type = TYPE_TAGS.get(tag)
  if (type === undefined) {
    leaf.report(unknownTag(tag, origin))
    return text
  }
  const value = typedOrText(scalar, leaf)
  if (typeof value === type) return value
  const name = tag.slice(STANDARD.length)
  leaf.report({ code: 'bad-tag', message: `\`${text}\` cannot be read as \`!!${name}\``, origin, help: 'remove the tag or mend the value' })
  return text
}

function typedOrText({ text, origin }: Written, { isJson, report }: Leaf): ScalarNode['value'] {
  try {
    return isJson ? jsonValue(text) : typed(text)
  } catch (error) {
    if (!(error instanceof TooPrecise)) throw error
    report({
      code: 'number-too-large',
      message: `\`${text}\` is too large to be kept exactly as a number`,
      origin,
      help: `put it in quotes: '${text}'`,
    })
    return text
  }
}

function jsonValue(text: string): ScalarNode['value'] {
  const value = JSON.parse(text) as ScalarNode['value']
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(value)) throw new TooPrecise(text)
  return value
}

function keptTag(tag: string | undefined): string | undefined {
  return tag === '!secret' || tag === '!unsafe' ? tag : undefined
}

function unknownTag(tag: string, origin: Origin): Diagnostic {
  if (tag === '!vault' || tag === '!vault-encrypted') {
    return {
      code: 'vault',
      message: 'values sealed with Ansible Vault cannot be opened here',
      origin,
      help: 'decrypt it with `ansible-vault`, seal it with `holdfast secrets seal`, and write the result after `!secret`',
    }
  }
  const name = tag.startsWith(STANDARD) ? `!!${tag.slice(STANDARD.length)}` : tag
  return { code: 'unknown-tag', message: `the tag \`${name}\` is not known`, origin, help: 'use `!secret` or `!unsafe`, or remove the tag' }
}
