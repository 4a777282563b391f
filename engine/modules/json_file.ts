import { defineModule } from '../core/module.ts'
import { DOCUMENT_PARAMS, documentModule, documentProblems } from './document_edit.ts'
import { EDIT_NOTES, type TextState, editReads, editTouches } from './text_edit.ts'
import { fileResult } from './whole_file.ts'
import { jsonFormat } from './yaml_text.ts'

const document = documentModule(jsonFormat)

export const jsonFile = defineModule({
  kind: 'state',
  name: 'json_file',
  summary: 'Keep keys of a JSON document at their values, and the rest of it as it is.',
  schema: { type: 'object', additionalProperties: false, required: ['path'], properties: DOCUMENT_PARAMS },
  examples: [
    {
      title: 'A setting of a daemon',
      params: { path: '/etc/docker/daemon.json', values: { 'log-driver': 'journald' }, create: true, mode: '0644' },
    },
    { title: 'A key with a dot in its name', params: { path: '/etc/app.json', values: { 'hosts."a.example".port': 443 } } },
  ],
  notes: ['Indentation, order and spacing of all else stay, and so do numbers too long for a float.', ...EDIT_NOTES],
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
