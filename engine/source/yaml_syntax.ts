import type { ErrorCode } from 'yaml'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'

interface SyntaxError {
  readonly code: ErrorCode
  readonly message: string
  readonly pos: readonly [number, number]
}

interface Place {
  readonly text: string
  readonly opened: Opened
  readonly place: (offset: number) => Origin
}

/** Where a quote and a bracket began that nothing closed. */
export interface Opened {
  quote?: number
  bracket?: number | undefined
}

/** What the syntax errors of a document mean for its author; of those on one line, and of those that only follow, the first. */
export function syntaxProblems(errors: readonly SyntaxError[], { text, place, opened }: Place): readonly Diagnostic[] {
  const lines = text.split('\n')
  const problems = new Map<number, Diagnostic>()
  for (const error of errors) {
    const origin = place(beginning(error, opened))
    if (!problems.has(origin.line)) problems.set(origin.line, syntaxProblem(error, { origin, line: lines[origin.line - 1] ?? '' }))
    // All that stands after an open quote is part of the text, so nothing said about it would be true.
    if (UNCLOSED_QUOTE.test(error.message) || problems.size === MOST_PROBLEMS) break
  }
  return [...problems.values()]
}

/** The most frequent mistake in this kind of document: YAML takes the braces for a map. */
export function unquotedTemplate(origin: Origin): Diagnostic {
  return {
    code: 'unquoted-template',
    message: 'a value that begins with `{{` must be quoted',
    origin,
    help: "put the whole value in quotes: '{{ name }}'",
  }
}

function beginning({ message, pos }: SyntaxError, { quote, bracket }: Opened): number {
  if (UNCLOSED_QUOTE.test(message)) return quote ?? pos[0]
  return UNCLOSED_BRACKET.test(message) ? (bracket ?? pos[0]) : pos[0]
}

const UNCLOSED_BRACKET = / end with a |Expected .* to end with/

const MOST_PROBLEMS = 5
const UNCLOSED_QUOTE = /closing .*quote/

function syntaxProblem({ code, message }: SyntaxError, { origin, line }: { readonly origin: Origin; readonly line: string }): Diagnostic {
  const template = BARE_TEMPLATE.exec(line)
  if (template) return unquotedTemplate({ ...origin, column: template[0].length - 1 })
  const [said, help] = wording(code, message)
  return { code: 'yaml-syntax', message: said, origin, ...(help !== undefined && { help }) }
}

const BARE_TEMPLATE = /^[^#'"]*?(?:[:-]\s+)\{\{/

type Wording = readonly [message: string, help?: string]

const SPACES = 'indent with spaces, the same number for every entry of one map or list'

const WORDINGS: { readonly [code in ErrorCode]?: Wording } = {
  ALIAS_PROPS: ['an alias cannot have an anchor or a tag of its own', 'remove the `&` or `!` word before the alias'],
  BAD_ALIAS: [
    'the name after `*` or `&` is empty or ends in a colon',
    'put a space before the colon, or quote a text that begins with `*`',
  ],
  BAD_DIRECTIVE: ['this line is no valid directive', 'remove it, or quote a text that begins with `%`'],
  BAD_DQ_ESCAPE: ['this escape is not known in double quotes', 'double the backslash, or use single quotes'],
  BAD_INDENT: ['the indentation does not fit what stands around it', SPACES],
  BAD_PROP_ORDER: ['anchor and tag stand before their `-`, `?` or `:`', 'move them after it'],
  BAD_SCALAR_START: ['an unquoted text cannot begin with this character', 'put the text in quotes'],
  BLOCK_AS_IMPLICIT_KEY: [
    'a second `key:` stands on the same line',
    'put the value in quotes, or begin the inner map on a line of its own',
  ],
  BLOCK_IN_FLOW: ['an indented block cannot stand inside brackets', 'close the bracket first, or write the inner part in brackets too'],
  IMPOSSIBLE: ['this cannot be read', 'check the line before it'],
  MISSING_CHAR: ['a character is missing here'],
  MULTILINE_IMPLICIT_KEY: ['a key must end with a colon on its own line', 'add the `:`, or indent the line if it continues the one before'],
  MULTIPLE_ANCHORS: ['a value has two anchors', 'remove one of the `&` words'],
  MULTIPLE_TAGS: ['a value has two tags', 'remove one of the `!` words'],
  RESOURCE_EXHAUSTION: ['the document is nested too deeply', 'check its brackets and its indentation'],
  TAB_AS_INDENT: ['a tab cannot indent', 'replace it with spaces'],
  TAG_RESOLVE_FAILED: ['this tag cannot be read', 'remove it'],
  UNEXPECTED_TOKEN: ['this does not belong here', 'check the indentation and the quotes of this line and the one before'],
}

/** Some codes cover several mistakes; the library's own sentence tells them apart. */
const FINER: readonly (readonly [pattern: RegExp, ...wording: Wording])[] = [
  [UNCLOSED_QUOTE, 'a quote is opened and never closed', 'close it; a quote inside single quotes is written twice'],
  [/^Flow .* end with a/, 'a bracket is opened and not closed before the indentation ends', 'close it'],
  [/end with a|Expected .* to end/, 'a bracket is opened and never closed', 'close it'],
  [/^Comments must be/, 'a comment needs a space before its `#`', 'add the space, or quote a text that holds `#`'],
  [/Implicit map keys need/, 'a key has no colon after it', 'write `key: value`; a continued text must be indented more than its key'],
  [/Missing , /, 'a comma is missing between two entries', 'add it'],
  [/Missing space after :/, 'a space is missing after the colon', 'add it'],
  [/Sequence item without/, 'an entry of this list does not begin with `- `', 'add it, or indent the line if it continues the one before'],
  [/must start at the same column/, 'the entries of this list or map do not begin in the same column', SPACES],
  [/directives-end/, 'a document marker is missing or out of place', 'write `---` on a line of its own'],
  [/Block scalar header/, 'only indentation and chomping signs may follow `|` or `>`', 'begin the text on the next line'],
  [/empty item|Unexpected ,/, 'an entry is empty', 'remove the extra comma'],
  [/leading empty lines|more-indented|less than the/, 'the lines of this text are indented differently', SPACES],
]

function wording(code: ErrorCode, message: string): Wording {
  const finer = FINER.find(([pattern]) => pattern.test(message))
  if (finer) return finer[2] === undefined ? [finer[1]] : [finer[1], finer[2]]
  return WORDINGS[code] ?? ['this cannot be read as YAML']
}
