import { withinSearchTime } from '../core/search_time.ts'
import { expandReplacement } from './python_expand.ts'
import { translatePattern } from './python_pattern.ts'

/** What `replace` is asked to change in a text. */
export interface TextReplace {
  readonly regexp: string
  readonly replace: string
  readonly after?: string
  readonly before?: string
}

/** The text with every match replaced, or only those between the two marks. Without the marks, nothing is. */
export function replaceText(text: string, change: TextReplace): string {
  return withinSearchTime([change.regexp, sectionPattern(change.after, change.before)], () => replaced(text, change))
}

function replaced(text: string, { regexp, replace, after, before }: TextReplace): string {
  const section = sectionOf(text, after, before)
  if (section === undefined) return text
  const [start, end] = section
  const pattern = translatePattern(regexp, { multiline: true })
  const between = text.slice(start, end).replace(pattern, (...found: unknown[]) => expandReplacement(replace, asMatch(found)))
  return text.slice(0, start) + between + text.slice(end)
}

/** The pattern that finds the part between two marks; undefined if there are none. */
export function sectionPattern(after = '', before = ''): string | undefined {
  if (after === '' && before === '') return undefined
  return `${after}(?P<subsection>.*${after !== '' && before !== '' ? '?' : ''})${before}`
}

function sectionOf(text: string, after?: string, before?: string): readonly [number, number] | undefined {
  const pattern = sectionPattern(after, before)
  if (pattern === undefined) return [0, text.length]
  return translatePattern(pattern, { dotAll: true }).exec(text)?.indices?.groups?.['subsection']
}

/** String.replace hands over the match in pieces: the groups, then the place, the whole text, and the named groups if there are any. */
function asMatch(found: readonly unknown[]): RegExpMatchArray {
  const last = found.at(-1)
  const groups = typeof last === 'object' && last !== null ? (last as Record<string, string>) : undefined
  return Object.assign(found.slice(0, groups ? -3 : -2) as string[], { groups }) as unknown as RegExpMatchArray
}
