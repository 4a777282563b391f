import { defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { Secret } from '../core/secret.ts'
import { editLines } from './line_edit.ts'
import { problemsWhere } from './problems.ts'
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
import { fileResult } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    ...EDIT_PARAMS,
    line: {
      type: 'string',
      secret: true,
      aliases: ['value'],
      description: 'The line that is to be there, or not to be there. May be a secret.',
    },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the line is to be there.' },
    regexp: {
      type: 'string',
      aliases: ['regex'],
      description: 'The line to replace is the last that this pattern matches; with `state: absent`, all lines it matches go.',
    },
    search_string: { type: 'string', description: 'As `regexp`, but a plain text to look for.' },
    insertafter: {
      type: 'string',
      description: 'Where a new line goes: after the last line this pattern matches, or `BOF` or `EOF`. Without a match, at the end.',
    },
    insertbefore: {
      type: 'string',
      description: 'Where a new line goes: before the last line this pattern matches, or `BOF`. Without a match, at the end.',
    },
    backrefs: {
      type: 'boolean',
      default: false,
      description: 'Fill the groups of `regexp` into `\\1` in `line`; without a match, do nothing.',
    },
    firstmatch: { type: 'boolean', default: false, description: 'Take the first match of each pattern instead of the last.' },
    create: { type: 'boolean', default: false, description: 'Make the file if there is none.' },
  },
} as const

type LineParams = Params<typeof schema>

export const lineinfile = defineModule({
  kind: 'state',
  name: 'lineinfile',
  summary: 'Keep one line in a text file, or out of it.',
  schema,
  examples: [
    { title: 'Replace a setting or add it', params: { path: '/etc/login.defs', regexp: '^UMASK\\s', line: 'UMASK\t\t027' } },
    {
      title: 'Put a line in a certain place',
      params: { path: '/etc/hosts', line: '10.77.0.9 monitoring', insertafter: '^127\\.0\\.0\\.1' },
    },
    { title: 'Take lines out', params: { path: '/etc/fstab', regexp: '\\sswap\\s', state: 'absent' } },
  ],
  notes: [
    ...EDIT_NOTES,
    "Patterns are Python's, matched line by line; atomic groups, conditions, possessive quantifiers and flags that are not at the start are refused.",
    'Unlike in Ansible, an edit that would change the file again at the next run is refused, and a new line after a last line without a line break does not join it.',
  ],
  problems: (params) => [...editProblems(params), ...presenceProblems(params), ...placeProblems(params), ...patternsProblems(params)],
  reads: editReads,
  touches: editTouches,

  probe: probeText,
  parse: (output, params): TextState => readText(output, params),
  desired: (params, current) =>
    params.state === 'absent' && current.kind === 'absent' ? {} : desiredText(params, current, (text) => edited(params, text)),
  converge: (current, desired, params) => convergeText(params, { current, desired, edit: edited(params, current.text) }),
  describe: (current, desired, params) => textChanges({ current, desired, edit: edited(params, current.text) }),
  result: (state, params, before) => fileResult(state, before, params),
})

function edited(params: LineParams, text: string): Edit {
  const line = params.line === undefined ? {} : { line: revealed(params.line).replace(/\n$/, '') }
  return { text: editLines(text, { ...params, ...line } as Parameters<typeof editLines>[1]), sensitive: params.line instanceof Secret }
}

function presenceProblems({ state, line, regexp, search_string }: LineParams): readonly string[] {
  return problemsWhere(
    [state === 'present' && line === undefined, '`state: present` needs `line`'],
    [state === 'absent' && (line ?? regexp ?? search_string) === undefined, '`state: absent` needs `line`, `regexp` or `search_string`'],
    [line !== undefined && revealed(line).replace(/\n$/, '').includes('\n'), '`line` must be one line: keep several with `blockinfile`'],
    [regexp === '' || search_string === '', 'an empty `regexp` or `search_string` matches every line: leave it out, or write `^`'],
  )
}

function placeProblems({ insertafter, insertbefore, regexp, search_string, backrefs }: LineParams): readonly string[] {
  return problemsWhere(
    [insertafter !== undefined && insertbefore !== undefined, '`insertafter` and `insertbefore` exclude each other'],
    [regexp !== undefined && search_string !== undefined, '`regexp` and `search_string` exclude each other'],
    [backrefs && regexp === undefined, '`backrefs` needs `regexp`'],
  )
}

function patternsProblems({ regexp, insertafter, insertbefore, backrefs, line }: LineParams): readonly string[] {
  const wrong = patternProblems('regexp', regexp)
  const isFilled = backrefs && regexp !== undefined && line !== undefined && wrong.length === 0
  return [
    ...wrong,
    ...patternProblems('insertafter', insertafter),
    ...patternProblems('insertbefore', insertbefore),
    ...(isFilled ? replacementProblems('line', revealed(line), translatePattern(regexp)) : []),
  ]
}
