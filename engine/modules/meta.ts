import { defineModule } from '../core/module.ts'

export const meta = defineModule({
  kind: 'control',
  name: 'meta',
  summary: 'Steer the run itself: run pending handlers now, end the play, connect anew.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['free_form'],
    properties: {
      free_form: {
        type: 'string',
        enum: ['flush_handlers', 'end_play', 'end_host', 'end_batch', 'noop', 'clear_host_errors', 'reset_connection', 'refresh_inventory'],
        description: 'What to do.',
      },
    },
  },
  freeForm: 'free_form',
  examples: [
    { title: 'Restart now what earlier tasks asked to be restarted', params: { free_form: 'flush_handlers' } },
    { title: 'Nothing more to do on this host', params: { free_form: 'end_host' } },
  ],
  notes: [
    '`flush_handlers` runs the handlers that are pending; `end_host` ends the play for one host without a failure, `end_batch` for the batch, `end_play` for all hosts.',
    '`reset_connection` connects anew, so that a new group membership takes effect. `clear_host_errors` lets failed hosts take part again from the next play on.',
    '`refresh_inventory` is refused: the inventory is read once, before any host is contacted, so that a run means what its plan said.',
  ],
  problems: ({ free_form }) =>
    free_form === 'refresh_inventory'
      ? ['`meta: refresh_inventory` is not possible: the inventory is read once, before the run; start a second run instead']
      : [],
})
