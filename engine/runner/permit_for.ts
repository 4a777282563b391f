import type { Job } from '../converge/job.ts'
import type { Permit } from '../converge/permit.ts'
import type { Json } from '../core/json.ts'
import type { Task } from '../core/plan.ts'
import { Secret } from '../core/secret.ts'
import type { Guards } from '../guard/guards.ts'
import type { Scope } from '../playbook/scope.ts'
import { changesNothing } from './judge.ts'

interface Place {
  readonly guards: Guards | undefined
  /** The host it is carried out on. */
  readonly host: string
  readonly folder: string
  readonly scope: Scope
}

/**
 * Who is asked before a job changes its host; nobody where it cannot. That a command changes nothing may be the task's own word
 * (`changed_when: false`), which is not taken for one that stops or starts something.
 */
export function permitFor(task: Task, job: Job, { guards, host, folder, scope }: Place): Permit | undefined {
  if (!guards || job.check || job.module.kind === 'query') return undefined
  if (job.module.kind === 'command' && changesNothing(task, scope) && !mayDisrupt(job)) return undefined
  return guards.permit(host, folder)
}

/** Whether a command has words in it that take programs down, or the network they talk over. */
function mayDisrupt({ params, given }: Job): boolean {
  const said = JSON.stringify(params, (_, value) => (value instanceof Secret ? '' : (value as Json)))
  const brought = Object.values(given.sources).map(({ bytes }) => (bytes ? Buffer.from(bytes).toString() : ''))
  return [said, ...brought].some((text) => DISRUPTIVE.some((words) => words.test(text.replaceAll(COMMENT, ''))))
}

const COMMENT = /^\s*#.*$/gm
const DISRUPTIVE = [
  /\b(systemctl|service|podman|docker|machinectl)\b[^\n]*\b(start|stop|restart|try-restart|reload|reload-or-restart|isolate|kill|rm)\b/,
  /\bnft\b[^\n]*(\b(add|create|insert|replace|delete|destroy|flush|reset)\b|[\s"](-f|--file)\b)/,
  /\b(kill|pkill|killall|reboot|poweroff|halt|shutdown|kexec|iptables|ip6tables|wg-quick|apt|apt-get|dpkg)\b/,
]
