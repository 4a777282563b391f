import { defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { Secret } from '../core/secret.ts'
import { defined } from './defined.ts'
import { replacementProblems } from './python_expand.ts'
import { patternProblems, translatePattern } from './python_pattern.ts'
import {
  EDIT_NOTES,
  EDIT_PARAMS,
  type Edit,
  type TextState,
  convergeText,
  desiredText,
  editProblems,
  editReads,
  editTouches,
  probeText,
  readText,
  revealed,
  textChanges,
} from './text_edit.ts'
import { replaceText, sectionPattern } from './text_replace.ts'
import { fileResult } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path', 'regexp'],
  properties: {
    ...EDIT_PARAMS,
    regexp: { type: 'string', description: 'Every match of this pattern is replaced; `^` and `$` match at each line.' },
    replace: {
      type: 'string',
      secret: true,
      default: '',
      description: 'What stands there instead; `\\1` or `\\g<name>` is a group of the pattern. May be a secret.',
    },
    after: { type: 'string', description: 'Replace only after what this pattern matches.' },
    before: { type: 'string', description: 'Replace only before what this pattern matches.' },
    encoding: { type: 'string', enum: ['utf-8'], default: 'utf-8', description: 'Other encodings cannot be edited.' },
  },
} as const

type ReplaceParams = Params<typeof schema>

export const replace = defineModule({
  kind: 'state',
  name: 'replace',
  summary: 'Replace every match of a pattern in a text file.',
  schema,
  examples: [
    { title: 'Move to a new port', params: { path: '/etc/gaiad/config.toml', regexp: '(^laddr = .*):26656"', replace: '\\1:36656"' } },
    {
      title: 'Comment out a section',
      params: { path: '/etc/apt/sources.list', after: '# backports', regexp: '^(deb .*)$', replace: '# \\1' },
    },
  ],
  notes: [
    ...EDIT_NOTES,
    "Patterns are Python's; atomic groups, conditions, possessive quantifiers and flags that are not at the start are refused.",
    'Unlike in Ansible, a replacement that the pattern would match and change again at the next run is refused.',
  ],
  problems: (params) => [...editProblems(params), ...patternsProblems(params)],
  reads: editReads,
  touches: editTouches,

  probe: probeText,
  parse: (output, params): TextState => readText(output, params),
  desired: (params, current) => desiredText(params, current, (text) => edited(params, text)),
  converge: (current, desired, params) => convergeText(params, { current, desired, edit: edited(params, current.text) }),
  describe: (current, desired, params) => textChanges({ current, desired, edit: edited(params, current.text) }),
  result: (state, params, before) => fileResult(state, before, params),
})

function edited(params: ReplaceParams, text: string): Edit {
  const { regexp, after, before } = params
  return {
    text: replaceText(text, { regexp, replace: revealed(params.replace), ...defined({ after, before }) }),
    sensitive: params.replace instanceof Secret,
  }
}

function patternsProblems(params: ReplaceParams): readonly string[] {
  const { regexp, after, before } = params
  const wrong = [...patternProblems('regexp', regexp), ...patternProblems('after', after), ...patternProblems('before', before)]
  if (wrong.length > 0) return wrong
  return [
    ...patternProblems('after` and `before', sectionPattern(after, before)),
    ...replacementProblems('replace', revealed(params.replace), translatePattern(regexp)),
  ]
}
