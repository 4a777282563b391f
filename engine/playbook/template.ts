import Handlebars from 'handlebars'
import { reject } from '../core/diagnostic.ts'
import { handlebarsFor, jinjaBlock } from './jinja.ts'
import { offsetAt, type Place, type Span } from './place.ts'

/** The parts of Handlebars' syntax tree that are read here. */
export type Statement =
  | { readonly type: 'ContentStatement'; readonly value: string; readonly loc: Loc }
  | { readonly type: 'CommentStatement'; readonly loc: Loc }
  | Mustache
  | Block
  | { readonly type: 'PartialStatement' | 'PartialBlockStatement' | 'Decorator' | 'DecoratorBlock'; readonly loc: Loc }

export interface Call {
  readonly path: Expression
  readonly params: readonly Expression[]
  readonly hash?: { readonly pairs: readonly { readonly key: string; readonly value: Expression }[] }
  readonly loc: Loc
}

export interface Mustache extends Call {
  readonly type: 'MustacheStatement'
}

export interface Block extends Call {
  readonly type: 'BlockStatement'
  readonly program?: Program
  readonly inverse?: Program
}

export interface Program {
  readonly body: readonly Statement[]
  readonly blockParams?: readonly string[]
}

export type Expression = Path | Literal | (Call & { readonly type: 'SubExpression' })

export interface Path {
  readonly type: 'PathExpression'
  readonly data: boolean
  readonly depth: number
  readonly parts: readonly string[]
  readonly original: string
  readonly loc: Loc
}

export type Literal =
  | { readonly type: 'StringLiteral'; readonly value: string; readonly loc: Loc }
  | { readonly type: 'NumberLiteral'; readonly value: number; readonly loc: Loc }
  | { readonly type: 'BooleanLiteral'; readonly value: boolean; readonly loc: Loc }
  | { readonly type: 'NullLiteral' | 'UndefinedLiteral'; readonly loc: Loc }

export interface Loc {
  readonly start: { readonly line: number; readonly column: number }
  readonly end: { readonly line: number; readonly column: number }
}

/** Whether a text has anything to render. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || jinjaBlock(text) !== undefined
}

/** The syntax tree of a template, whitespace control applied. Rejects what is not Handlebars, pointing at the expression. */
export function parseTemplate(text: string, place: Place): Program {
  const known = parsed.get(text)
  if (known) return known
  const block = jinjaBlock(text)
  if (block) reject({ code: 'template-syntax', message: `\`${block.text}\` is not Handlebars`, origin: place(block), help: block.help })
  try {
    const program = Handlebars.parse(text) as unknown as Program
    parsed.set(text, program)
    return program
  } catch (error) {
    throw blame(text, { place, error })
  }
}

/** The piece of the text a node of the tree was read from. */
export function spanOf(text: string, { start, end }: Loc): Span {
  const offset = offsetAt(text, start)
  return { offset, length: offsetAt(text, end) - offset }
}

// Parsing is pure, and the same few hundred texts are rendered for every host.
const parsed = new Map<string, Program>()

function blame(text: string, { place, error }: { readonly place: Place; readonly error: unknown }): never {
  for (const { 0: source, index } of text.matchAll(EXPRESSION)) {
    const inner = source.replace(/^\{\{\{?~?|~?\}?\}\}$/g, '')
    if (/^[#/^!>&*]|^\s*else\b/.test(inner) || parses(source)) continue
    reject({
      code: 'template-syntax',
      message: `\`${source}\` is not a Handlebars expression`,
      origin: place({ offset: index, length: source.length }),
      help: handlebarsFor(inner) ?? 'write a name, or a helper and its params: `{{ lower name }}`',
    })
  }
  return blameBlock(text, { place, error })
}

function blameBlock(text: string, { place, error }: { readonly place: Place; readonly error: unknown }): never {
  const open: { readonly name: string; readonly span: Span }[] = []
  for (const { 0: source, 1: sign, 2: name = '', index } of text.matchAll(BLOCK)) {
    const span = { offset: index, length: source.length }
    if (sign !== '/') open.push({ name, span })
    else if (open.at(-1)?.name === name) open.pop()
    else
      reject({
        code: 'template-syntax',
        message: `\`${source}\` closes nothing that is open`,
        origin: place(span),
        ...closeHelp(open.at(-1)?.name),
      })
  }
  const last = open.at(-1)
  if (last)
    reject({ code: 'template-syntax', message: `\`{{#${last.name}}}\` is never closed`, origin: place(last.span), ...closeHelp(last.name) })
  const line = Number(/on line (\d+)/.exec(String(error))?.[1] ?? 1)
  const start = offsetAt(text, { line, column: 0 })
  const length = (text.slice(start).split('\n')[0] ?? '').length
  return reject({
    code: 'template-syntax',
    message: 'a template expression in this line cannot be read',
    origin: place({ offset: start, length }),
    help: 'close every `{{` with `}}`, or write `\\{{` for literal braces',
  })
}

function closeHelp(name: string | undefined): { readonly help?: string } {
  return name === undefined ? {} : { help: `close it with \`{{/${name}}}\`` }
}

function parses(source: string): boolean {
  try {
    Handlebars.parse(source)
    return true
  } catch {
    return false
  }
}

const EXPRESSION = /\{\{\{?~?(?!--)[^{}]*~?\}?\}\}/g
const BLOCK = /\{\{~?([#/^])\s*([\w.-]+)[^{}]*\}\}/g
