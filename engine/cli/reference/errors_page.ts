import type { CodeFacts } from '../../core/codes.ts'
import { generatedFrom } from './markdown.ts'

/** The page with every error code, its cause and its cure. */
export function errorsPage(codes: { readonly [code: string]: CodeFacts }): string {
  const entries = Object.entries(codes).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    generatedFrom('engine/core/codes.ts'),
    '# Errors',
    'An error begins with `error[CODE]`. Each stage reports all problems it finds at once, with file, line and column; no host is contacted until there are none.',
    ...entries.map(([code, { cause, cure }]) => `## ${code}\n\n${cause}\n\n*What to do:* ${cure}`),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}
