import { withinSearchTime } from '../core/search_time.ts'
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Json, Value } from '../core/json.ts'
import { quote } from '../core/script.ts'
import { writeYaml } from '../source/write.ts'
import { type Helper, HelperProblem, numberOf, textOf } from './template_helper.ts'

/** Helpers that make text. */
export const textHelpers: readonly Helper[] = [
  ofText('lower', 'The text in small letters.', (text) => text.toLowerCase(), { of: 'Sentry', gives: 'sentry' }),
  ofText('upper', 'The text in capitals.', (text) => text.toUpperCase(), { of: 'eu', gives: 'EU' }),
  ofText('trim', 'The text without white space around it.', (text) => text.trim(), { of: ' a ', gives: 'a' }),
  ofText('basename', 'The last name of a path.', (text) => posix.basename(text), { of: '/etc/hosts', gives: 'hosts' }),
  ofText('dirname', 'A path without its last name.', (text) => posix.dirname(text), { of: '/etc/hosts', gives: '/etc' }),
  ofText('quote', 'The text as one word of a shell.', (text) => (text === '' ? "''" : quote(text)), { of: 'a b', gives: "'a b'" }),
  ofText('b64encode', 'The text in base64.', (text) => Buffer.from(text).toString('base64'), { of: 'a', gives: 'YQ==' }),
  ofText('b64decode', 'The text that base64 stands for.', decoded, { of: 'YQ==', gives: 'a' }),
  ofText('sha256', 'The SHA-256 of the text, in hex.', (text) => createHash('sha256').update(text).digest('hex'), {
    of: 'a',
    gives: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
  }),
  {
    name: 'replace',
    usage: 'replace text from to',
    summary: 'The text with every occurrence of a piece replaced.',
    takes: [3, 3],
    examples: [{ template: '{{ replace "a-b-c" "-" "_" }}', gives: 'a_b_c' }],
    run: ([text, from, to]) => textOf(text, 'replace').replaceAll(textOf(from, 'replace'), () => textOf(to, 'replace')),
  },
  {
    name: 'regex_replace',
    usage: 'regex_replace text pattern to',
    summary: 'The text with every match of a regular expression replaced; `$1` is the first group.',
    takes: [3, 3],
    examples: [{ template: '{{ regex_replace "v1.2" "^v(\\d+).*" "$1" }}', gives: '1' }],
    run: ([text, pattern, to]) =>
      withinSearchTime([textOf(pattern, 'regex_replace')], () =>
        textOf(text, 'regex_replace').replace(expression(textOf(pattern, 'regex_replace'), 'regex_replace'), textOf(to, 'regex_replace')),
      ),
  },
  {
    name: 'regex_search',
    usage: 'regex_search text pattern',
    summary: 'The first match of a regular expression (its first group, if it has one), or empty text.',
    takes: [2, 2],
    examples: [{ template: '{{ regex_search "gaiad v27.3" "v(\\S+)" }}', gives: '27.3' }],
    run: ([text, pattern]) => {
      const match = withinSearchTime([textOf(pattern, 'regex_search')], () =>
        expression(textOf(pattern, 'regex_search'), 'regex_search').exec(textOf(text, 'regex_search')),
      )
      return match?.[1] ?? match?.[0] ?? ''
    },
  },
  {
    name: 'split',
    usage: 'split text separator',
    summary: 'The pieces between the separators (white space if none is given) as a list.',
    takes: [1, 2],
    examples: [{ template: '{{ split "a,b" "," }}', gives: ['a', 'b'] }],
    run: ([text, separator]) => {
      const words = textOf(text, 'split')
      return separator === undefined ? words.split(/\s+/).filter((word) => word !== '') : words.split(textOf(separator, 'split'))
    },
  },
  {
    name: 'indent',
    usage: 'indent text spaces',
    summary: 'The text with every line but the first moved right, the first too with `first=true`.',
    takes: [2, 2],
    named: ['first'],
    examples: [{ template: '{{ indent x 2 }}', vars: { x: 'a\nb' }, gives: 'a\n  b' }],
    run: ([text, spaces], { first }) => {
      const margin = ' '.repeat(numberOf(spaces, 'indent'))
      const moved = textOf(text, 'indent').replaceAll(/\n(?=[^\n])/g, `\n${margin}`)
      return first === true ? margin + moved : moved
    },
  },
  {
    name: 'to_json',
    usage: 'to_json value',
    summary: 'The value as JSON; `indent=2` spreads it over lines.',
    takes: [1, 1],
    named: ['indent'],
    examples: [{ template: '{{ to_json x }}', vars: { x: { a: [1, 'b'] } }, gives: '{"a":[1,"b"]}' }],
    run: ([value], { indent }) => JSON.stringify(value, undefined, indent === undefined ? undefined : numberOf(indent, 'to_json')),
  },
  {
    name: 'to_yaml',
    usage: 'to_yaml value',
    summary: 'The value as YAML in block form, without a newline at its end.',
    takes: [1, 1],
    examples: [{ template: '{{ to_yaml x }}', vars: { x: { a: [1] } }, gives: 'a:\n  - 1' }],
    run: ([value]) => writeYaml((value ?? null) as Json).trimEnd(),
  },
  {
    name: 'from_json',
    usage: 'from_json text',
    summary: 'The value a JSON text stands for, such as the output of a command.',
    takes: [1, 1],
    examples: [{ template: '{{ from_json "[1]" }}', gives: [1] }],
    run: ([text]) => {
      try {
        return JSON.parse(textOf(text, 'from_json')) as Value
      } catch {
        throw new HelperProblem('`from_json` got a text that is not JSON')
      }
    },
  },
]

interface TextExample {
  readonly of: string
  readonly gives: string
}

function ofText(name: string, summary: string, make: (text: string) => string, { of, gives }: TextExample): Helper {
  return {
    name,
    usage: `${name} text`,
    summary,
    takes: [1, 1],
    examples: [{ template: `{{ ${name} x }}`, vars: { x: of }, gives }],
    run: ([text]) => make(textOf(text, name)),
  }
}

function decoded(text: string): string {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') === text.trim().replace(/=+$/, '')) return bytes.toString()
  throw new HelperProblem('`b64decode` got a text that is not base64')
}

function expression(pattern: string, helper: string): RegExp {
  try {
    return new RegExp(pattern, 'g')
  } catch {
    throw new HelperProblem(`\`${helper}\` got a pattern that is not a regular expression: \`${pattern}\``)
  }
}
