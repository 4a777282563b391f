import { defineModule } from '../core/module.ts'
import { DOCUMENT_PARAMS, documentModule, documentProblems } from './document_edit.ts'
import { EDIT_NOTES, type TextState, editReads, editTouches } from './text_edit.ts'
import { fileResult } from './whole_file.ts'
import { yamlFormat } from './yaml_text.ts'

const document = documentModule(yamlFormat)

export const yamlFile = defineModule({
  kind: 'state',
  name: 'yaml_file',
  summary: 'Keep keys of a YAML document at their values, and the rest of it as it is.',
  schema: { type: 'object', additionalProperties: false, required: ['path'], properties: DOCUMENT_PARAMS },
  examples: [
    {
      title: 'A list is one value',
      params: { path: '/etc/vector/vector.yaml', values: { 'sources.journal.include_units': ['gaiad', 'horcrux'] } },
    },
    { title: 'Take a key out', params: { path: '/etc/netplan/50-lan.yaml', absent: ['network.wifis'] } },
  ],
  notes: [
    'Comments, order and spacing of all else stay. New text is written so that readers of YAML 1.1 and 1.2 agree: `yes` and `012` get quotes.',
    'A document with several parts, and values behind an anchor or an alias, are refused.',
    ...EDIT_NOTES,
  ],
  problems: documentProblems,
  reads: editReads,
  touches: editTouches,

  probe: document.probe,
  parse: (output, params): TextState => document.parse(output, params),
  desired: document.desired,
  converge: document.converge,
  describe: document.describe,
  result: (state, params, before) => fileResult(state, before, params),
})
