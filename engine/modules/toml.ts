import { defineModule } from '../core/module.ts'
import { documentModule } from './document_edit.ts'
import { EDIT_NOTES } from './text_edit.ts'
import { tomlFormat } from './toml_text.ts'

export const toml = defineModule({
  ...documentModule(tomlFormat),
  name: 'toml',
  summary: 'Keep keys of a TOML document at their values, and the rest of it as it is.',
  examples: [
    {
      title: 'Listen on the private network',
      params: { path: '/var/lib/gaiad/config/config.toml', values: { 'p2p.laddr': 'tcp://10.77.0.1:26656', 'p2p.pex': false } },
    },
    {
      title: 'Nested, and without an old key',
      params: { path: '/etc/app.toml', values: { telemetry: { enabled: true, 'prometheus-retention-time': 60 } }, absent: ['api.swagger'] },
    },
  ],
  notes: [
    'Comments, order and spacing of all lines that hold no changed key stay; a value that is replaced is written on one line.',
    'A new key goes to the end of its table, and a new table to the end of the file. Elements of an array of tables cannot be named.',
    'Values are compared by meaning: `1_000` is 1000, and a number keeps the type it has. A time is given as text.',
    ...EDIT_NOTES,
  ],
})
