import { defineModule } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'
import { isolated } from './isolated.ts'
import { shellText } from './shell_text.ts'

export const reboot = defineModule({
  kind: 'control',
  name: 'reboot',
  summary: 'Reboot a host and wait until it works again.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      reboot_timeout: { type: 'integer', minimum: 1, default: 600, description: 'Seconds until the host must be back and pass its test.' },
      pre_reboot_delay: { type: 'integer', minimum: 0, default: 0, description: 'Seconds to wait before the reboot.' },
      post_reboot_delay: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'Seconds to wait after the host is back, before its test.',
      },
      connect_timeout: { type: 'integer', minimum: 1, description: 'Seconds each attempt to reach the host may take.' },
      test_command: {
        type: 'string',
        default: 'true',
        description: 'What must succeed before the host counts as back; tried until it does or the time is over.',
      },
      msg: { type: 'string', default: 'reboot by holdfast', description: 'What users who are logged in are told.' },
    },
  },
  examples: [
    { title: 'Reboot into a new kernel and wait for the node', params: { reboot_timeout: 900, test_command: 'systemctl is-active gaiad' } },
  ],
  notes: [
    'Whether the host has rebooted is seen by its boot id, so a host that comes back without a reboot is a failure.',
    'In check mode it only says that the host would be rebooted. The result has `rebooted` and `elapsed`.',
  ],
})

/** Prints what changes with each boot of a host. */
export function readBootId(): Script {
  return sh`cat /proc/sys/kernel/random/boot_id`
}

/** Starts the reboot and returns before it happens, so that the answer still gets through. */
export function rebootHost({ pre_reboot_delay = 0, msg }: { readonly pre_reboot_delay?: number; readonly msg: string }): Script {
  const later = sh`sleep ${pre_reboot_delay + 1}; shutdown -r now ${msg} || systemctl reboot || reboot`
  return sh`{ (trap '' HUP; ${later}) </dev/null >/dev/null 2>&1 & }`
}

/** Whether the host works again: exit status 0. */
export function testHost({ test_command }: { readonly test_command: string }): Script {
  return isolated(shellText(test_command))
}
