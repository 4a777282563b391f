import { defineModule } from '../core/module.ts'
import { documentModule } from './document_edit.ts'
import { EDIT_NOTES } from './text_edit.ts'
import { yamlFormat } from './yaml_text.ts'

export const yamlFile = defineModule({
  ...documentModule(yamlFormat),
  name: 'yaml_file',
  summary: 'Keep keys of a YAML document at their values, and the rest of it as it is.',
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
})
