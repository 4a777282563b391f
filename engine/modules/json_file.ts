import { defineModule } from '../core/module.ts'
import { documentModule } from './document_edit.ts'
import { EDIT_NOTES } from './text_edit.ts'
import { jsonFormat } from './yaml_text.ts'

export const jsonFile = defineModule({
  ...documentModule(jsonFormat),
  name: 'json_file',
  summary: 'Keep keys of a JSON document at their values, and the rest of it as it is.',
  examples: [
    {
      title: 'A setting of a daemon',
      params: { path: '/etc/docker/daemon.json', values: { 'log-driver': 'journald' }, create: true, mode: '0644' },
    },
    { title: 'A key with a dot in its name', params: { path: '/etc/app.json', values: { 'hosts."a.example".port': 443 } } },
  ],
  notes: ['Indentation, order and spacing of all else stay, and so do numbers too long for a float.', ...EDIT_NOTES],
})
