import { defineModule } from '../core/module.ts'

export const pause = defineModule({
  kind: 'control',
  name: 'pause',
  summary: 'Wait for some time, or until the operator says to go on.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      seconds: { type: 'number', minimum: 0, description: 'How long to wait.' },
      minutes: { type: 'number', minimum: 0, description: 'How long to wait.' },
      prompt: { type: 'string', description: 'What to say meanwhile. Without a time it waits for the operator to press enter.' },
    },
  },
  examples: [
    { title: 'Let the peers settle', params: { seconds: 30 } },
    { title: 'Ask a person', params: { prompt: 'Look at the dashboards, then press enter' } },
  ],
  notes: [
    'It waits once for all hosts, not once for each. In check mode it does not wait.',
    'Where no one can answer (no terminal), a pause without a time is an error and not an endless wait. What was typed is not kept; Ansible would register it.',
  ],
  problems: ({ seconds, minutes, prompt }) => {
    if (seconds !== undefined && minutes !== undefined) return ['`pause` takes `seconds` or `minutes`, not both']
    return seconds === undefined && minutes === undefined && prompt === undefined ? ['`pause` needs `seconds`, `minutes` or `prompt`'] : []
  },
})

/** How long to wait; undefined: until someone presses enter. */
export function pauseMs({ seconds, minutes }: { readonly seconds?: number; readonly minutes?: number }): number | undefined {
  if (seconds !== undefined) return seconds * 1000
  return minutes === undefined ? undefined : minutes * 60_000
}
