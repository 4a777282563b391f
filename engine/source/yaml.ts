import { Composer, type Document, Lexer, LineCounter, Parser } from 'yaml'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { type Opened, syntaxProblems } from './yaml_syntax.ts'
import { treeOf } from './yaml_tree.ts'

/** The one document of a text, with YAML 1.1 typing; an empty text is null. Rejects everything Ansible would read in two ways. */
export function parseYaml(text: string, file: string): Node {
  const [first, second] = parseYamlDocuments(text, file)
  if (first === undefined) throw new Error('a text without a document')
  if (second !== undefined) {
    reject({
      code: 'several-documents',
      message: 'only one document is expected here',
      origin: second.origin,
      help: 'remove the `---` line, or move what follows it to a file of its own',
    })
  }
  return first
}

/** Every document of a text that `---` divides; at least one. */
export function parseYamlDocuments(text: string, file: string): readonly Node[] {
  checkText(text, file)
  const lines = new LineCounter()
  const place = (offset: number): Origin => {
    const { line, col } = lines.linePos(Math.min(offset, text.length))
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const opened: Opened = {}
  const documents = compose(text, { lines, place, opened })
  const broken = documents.flatMap(({ errors }) => errors)
  if (broken.length > 0) throw new Rejected(syntaxProblems(broken, { text, place, opened }))

  const problems: Diagnostic[] = []
  const isJson = readsAsJson(text)
  const nodes = documents.map((document) => treeOf(document, { text, place, problems, isJson }))
  if (problems.length > 0) throw new Rejected(problems)
  return nodes
}

/** Larger documents are refused, so that no file can exhaust the controller. */
const LARGEST_CHARACTERS = 16 * 1024 * 1024
/** Deeper nesting would overflow the stack of the composer, where Node aborts instead of throwing. */
const DEEPEST = 128

const UNPRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

function checkText(text: string, file: string): void {
  if (text.length > LARGEST_CHARACTERS) {
    reject({ code: 'document-too-large', message: `\`${file}\` is larger than 16 MiB`, help: 'divide it into several files' })
  }
  const at = text.search(UNPRINTABLE)
  if (at < 0) return
  const before = text.slice(0, at)
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  reject({
    code: 'control-character',
    message: `the character U+${code} is not allowed in a document`,
    origin: { file, line: before.split('\n').length, column: at - before.lastIndexOf('\n') },
    help: 'remove it, or write it as an escape in double quotes',
  })
}

interface Reading {
  readonly lines: LineCounter
  readonly place: (offset: number) => Origin
  readonly opened: Opened
}

function compose(text: string, reading: Reading): Document.Parsed[] {
  // Scalars stay text here (failsafe); yaml_tree.ts types them, as Ansible would.
  const composer = new Composer({
    schema: 'failsafe',
    version: '1.1',
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
    logLevel: 'silent',
  })
  return [...composer.compose(tokens(text, reading), true, text.length)]
}

function* tokens(text: string, { lines, place, opened }: Reading) {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const brackets: number[] = []
  for (const lexeme of new Lexer().lex(text)) {
    note(lexeme, { offset: parser.offset, brackets, opened })
    yield* parser.next(lexeme)
    if (parser.stack.length > DEEPEST) {
      const origin = place(parser.offset)
      reject({ code: 'too-deep', message: 'the document is nested too deeply', origin, help: 'check its brackets and its indentation' })
    }
  }
  yield* parser.end()
}

interface Lexed {
  readonly offset: number
  readonly brackets: number[]
  readonly opened: Opened
}

/** Keeps where an unclosed quote or bracket began: the error itself is only found at the end of the text. */
function note(lexeme: string, { offset, brackets, opened }: Lexed): void {
  const first = lexeme[0] ?? ''
  if ((first === '"' || first === "'") && (lexeme.length === 1 || !lexeme.endsWith(first))) opened.quote = offset
  else if (lexeme === '[' || lexeme === '{') brackets.push(offset)
  else if (lexeme === ']' || lexeme === '}') brackets.pop()
  else if (lexeme === FLOW_END) opened.bracket ??= brackets.at(-1)
}

/** What the lexer emits where the indentation ends a bracket. */
const FLOW_END = '\x18'

/** Ansible tries JSON before YAML, and the two disagree on numbers such as `1e3`. */
function readsAsJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
