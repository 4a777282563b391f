import { type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { type Ask, callHelper, HelperProblem } from './template_helper.ts'
import { helperNamed } from './template_helpers.ts'
import { handlebarsFor } from './jinja.ts'
import { type Frame, type Position, type Rendering, resolve, undefinedPath } from './path.ts'
import { offsetAt } from './place.ts'
import { type Block, type Call, type Expression, type Loc, type Path, type Program, type Statement, spanOf } from './template.ts'
import { force, isList, isMap, keysOf, kindOf, member, OMIT, type Term } from './term.ts'
import { isTruthy } from './truth.ts'

/** Renders a syntax tree. A text that is one single expression keeps the type of its value; a secret in a text makes it a secret. */
export function evaluate(program: Program, rendering: Rendering): Term {
  const [only, ...others] = program.body
  if (only?.type === 'MustacheStatement' && others.length === 0) return expressionValue({ rendering, frame: undefined }, only)
  return renderProgram({ rendering, frame: undefined }, program)
}

type Piece = string | Secret

function renderProgram(position: Position, program: Program): string | Secret {
  return concatenated(program.body.flatMap((statement) => renderStatement(position, statement)))
}

function concatenated(pieces: readonly Piece[]): string | Secret {
  const secrets = pieces.filter((piece) => piece instanceof Secret)
  if (secrets.length === 0) return pieces.join('')
  return Secret.around(secrets, pieces.map((piece) => (piece instanceof Secret ? piece.reveal() : piece)).join(''))
}

function renderStatement(position: Position, statement: Statement): readonly Piece[] {
  switch (statement.type) {
    case 'ContentStatement':
      return [statement.value]
    case 'CommentStatement':
      return []
    case 'MustacheStatement':
      return [shown(position, { call: statement, value: force(expressionValue(position, statement)) })]
    case 'BlockStatement':
      return renderBlock(position, statement)
    default:
      return fail(position, statement.loc, {
        message: 'partials and decorators are not supported',
        help: 'put the text in place, or render it into a variable first',
      })
  }
}

function shown(position: Position, { call, value }: { readonly call: Call; readonly value: Value }): Piece {
  if (typeof value === 'string' || value instanceof Secret) return value
  if (value === null) return ''
  if (value === OMIT)
    return fail(position, call.loc, {
      message: '`omit` cannot stand inside a text',
      help: 'let it be the whole value: `{{ default x omit }}`',
    })
  if (typeof value !== 'object') return String(value)
  const help = `write \`{{ to_json ${written(position, call)} }}\`, or \`{{ join ${written(position, call)} " " }}\` for a list`
  return fail(position, call.loc, { message: `${kindOf(value)} cannot stand inside a text`, help })
}

function written({ rendering }: Position, call: Call): string {
  const { offset, length } = spanOf(rendering.text, call.loc)
  const inner = rendering.text.slice(offset, offset + length).replace(/^\{\{\{?~?\s*|\s*~?\}?\}\}$/g, '')
  return /\s/.test(inner) ? `(${inner})` : inner
}

function renderBlock(position: Position, block: Block): readonly Piece[] {
  const name = block.path.type === 'PathExpression' ? block.path.original : ''
  const render = BLOCKS[name]
  if (render) return render(position, block)
  const help = 'the blocks are `if`, `unless`, `each`, `with` and `raw`; for a list write `{{#each list as |item|}}`'
  return fail(position, block.path.loc, { message: `there is no block \`${name}\``, help })
}

const BLOCKS: { readonly [name: string]: (position: Position, block: Block) => readonly Piece[] } = {
  if: (position, block) => branch(position, { block, holds: isTruthy(blockValue(position, block)) }),
  unless: (position, block) => branch(position, { block, holds: !isTruthy(blockValue(position, block)) }),
  each: renderEach,
  with: renderWith,
  raw: (position, { program }) => (program ? [renderProgram(position, program)] : []),
}

function branch(position: Position, { block, holds }: { readonly block: Block; readonly holds: boolean }): readonly Piece[] {
  const program = holds ? block.program : block.inverse
  return program ? [renderProgram(position, program)] : []
}

function blockValue(position: Position, block: Block): Term {
  const [param] = block.params
  if (param && block.params.length === 1) return read(position, param)
  const name = (block.path as Path).original
  return fail(position, block.path.loc, {
    message: `\`#${name}\` takes one value, not ${block.params.length}`,
    help: `group a helper and its params: \`{{#${name} (eq a b)}}\``,
  })
}

function renderEach(position: Position, block: Block): readonly Piece[] {
  const items = blockValue(position, block)
  if (!isList(items) && !isMap(items)) {
    return fail(position, block.params[0]?.loc ?? block.loc, { message: `\`#each\` needs a list or a map, not ${kindOf(items)}` })
  }
  const keys = keysOf(items)
  if (keys.length === 0) return branch(position, { block, holds: false })
  return keys.flatMap((key, index) => {
    const data = { index, key: isList(items) ? index : key, first: index === 0, last: index === keys.length - 1 }
    return inFrame(position, { block, context: member(items, key) ?? null, data })
  })
}

function renderWith(position: Position, block: Block): readonly Piece[] {
  const context = blockValue(position, block)
  return isTruthy(context) ? inFrame(position, { block, context, data: {} }) : branch(position, { block, holds: false })
}

function inFrame(
  position: Position,
  inner: { readonly block: Block; readonly context: Term; readonly data: Frame['data'] },
): readonly Piece[] {
  const { block, context, data } = inner
  const [item, key] = block.program?.blockParams ?? []
  const params = { ...(item !== undefined && { [item]: context }), ...(key !== undefined && { [key]: data['key'] ?? null }) }
  const frame = { context, named: item !== undefined, params, data, parent: position.frame }
  return block.program ? [renderProgram({ ...position, frame }, block.program)] : []
}

function expressionValue(position: Position, call: Call): Term {
  const bare = call.params.length === 0 && !call.hash
  if (call.path.type !== 'PathExpression') return bare ? read(position, call.path) : notAHelper(position, call)
  return bare ? read(position, call.path) : helperValue(position, call)
}

function read(position: Position, expression: Expression): Term {
  switch (expression.type) {
    case 'StringLiteral':
    case 'NumberLiteral':
    case 'BooleanLiteral':
      return expression.value
    case 'SubExpression':
      return helperValue(position, expression)
    case 'PathExpression':
      return resolve(position, expression) ?? undefinedPath(position, expression)
    default:
      return null
  }
}

function helperValue(position: Position, call: Call): Term {
  const name = call.path.type === 'PathExpression' ? call.path.original : ''
  const helper = helperNamed(name)
  if (!helper) return notAHelper(position, call)
  const asks = call.params.map((param): Ask => ({ value: () => read(position, param), maybe: () => softValue(position, param) }))
  const hash = Object.fromEntries((call.hash?.pairs ?? []).map(({ key, value }) => [key, force(read(position, value))]))
  try {
    return callHelper(helper, asks, hash)
  } catch (error) {
    if (!(error instanceof HelperProblem)) throw error
    return fail(position, call.path.loc, { message: error.message, help: error.help ?? `write it as \`{{ ${helper.usage} }}\`` })
  }
}

function softValue(position: Position, expression: Expression): Term | undefined {
  return expression.type === 'PathExpression' ? resolve(position, expression) : read(position, expression)
}

function notAHelper(position: Position, call: Call): never {
  const { offset, length } = spanOf(position.rendering.text, call.loc)
  const source = position.rendering.text.slice(offset, offset + length).replace(/^\{\{\{?~?|~?\}?\}\}$|^\(|\)$/g, '')
  const name = call.path.type === 'PathExpression' ? call.path.original : source.trim()
  const help = handlebarsFor(source) ?? 'run `holdfast doc templates` for the list of helpers'
  return fail(position, call.path.loc, { message: `there is no helper \`${name}\``, help })
}

function fail(position: Position, loc: Loc, problem: Pick<Diagnostic, 'message' | 'help'>): never {
  const { text, place } = position.rendering
  const offset = offsetAt(text, loc.start)
  return reject({ code: 'template', ...problem, origin: place({ offset, length: Math.max(1, offsetAt(text, loc.end) - offset) }) })
}
