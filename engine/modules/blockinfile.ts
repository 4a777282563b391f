import { defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { Secret } from '../core/secret.ts'
import { editBlock } from './block_edit.ts'
import { defined } from './defined.ts'
import { problemsWhere } from './problems.ts'
import { patternProblems } from './python_pattern.ts'
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
    block: {
      type: 'string',
      secret: true,
      default: '',
      aliases: ['content'],
      description: 'The lines between the markers. Empty, the block goes. May be a secret.',
    },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the block is to be there.' },
    marker: {
      type: 'string',
      default: '# {mark} ANSIBLE MANAGED BLOCK',
      description: 'The lines before and after the block; `{mark}` becomes `marker_begin` or `marker_end`.',
    },
    marker_begin: { type: 'string', default: 'BEGIN', description: 'Stands for `{mark}` in the line before the block.' },
    marker_end: { type: 'string', default: 'END', description: 'Stands for `{mark}` in the line after the block.' },
    insertafter: {
      type: 'string',
      description: 'Where a new block goes: after the last line this pattern matches, or `EOF`. Without a match, at the end.',
    },
    insertbefore: {
      type: 'string',
      description: 'Where a new block goes: before the last line this pattern matches, or `BOF`. Without a match, at the end.',
    },
    create: { type: 'boolean', default: false, description: 'Make the file if there is none.' },
  },
} as const

type BlockParams = Params<typeof schema>

export const blockinfile = defineModule({
  kind: 'state',
  name: 'blockinfile',
  summary: 'Keep several lines in a text file, between two marker lines.',
  schema,
  examples: [
    {
      title: 'Names of the fleet',
      params: { path: '/etc/hosts', block: '10.77.0.1 sentry-1\n10.77.0.2 sentry-2\n', marker: '# {mark} fleet' },
    },
    { title: 'Take the block out again', params: { path: '/etc/hosts', marker: '# {mark} fleet', state: 'absent' } },
  ],
  notes: [
    ...EDIT_NOTES,
    "The marker is Ansible's if none is given, so a block that Ansible made is found. Two blocks in one file need two markers.",
    "Patterns are Python's, matched line by line, or over the whole text if they begin with `(?m)`.",
    'Unlike in Ansible, a marker without a line break at the end of the file, or with one of DOS, is found, and taking out a block that is not there changes nothing.',
  ],
  problems: (params) => [
    ...editProblems(params),
    ...markerProblems(params),
    ...patternProblems('insertafter', params.insertafter),
    ...patternProblems('insertbefore', params.insertbefore),
  ],
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

function edited(params: BlockParams, text: string): Edit {
  const { insertafter, insertbefore } = params
  const block = params.state === 'present' ? revealed(params.block) : ''
  const { begin, end } = markers(params)
  return {
    text: editBlock(text, { block, begin, end, ...defined({ insertafter, insertbefore }) }),
    sensitive: params.block instanceof Secret,
  }
}

function markers({ marker, marker_begin, marker_end }: BlockParams): { readonly begin: string; readonly end: string } {
  return { begin: marker.replaceAll('{mark}', marker_begin), end: marker.replaceAll('{mark}', marker_end) }
}

function markerProblems(params: BlockParams): readonly string[] {
  const { begin, end } = markers(params)
  const lines = revealed(params.block).split('\n')
  return problemsWhere(
    [begin === end, '`marker` must hold `{mark}`, and `marker_begin` and `marker_end` must differ'],
    [begin.includes('\n') || end.includes('\n'), 'a marker must be one line'],
    [lines.includes(begin) || lines.includes(end), '`block` must not hold a line that is its own marker'],
    [params.insertafter !== undefined && params.insertbefore !== undefined, '`insertafter` and `insertbefore` exclude each other'],
  )
}
