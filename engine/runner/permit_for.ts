import type { Job } from '../converge/job.ts'
import type { Permit } from '../converge/permit.ts'
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
  const brought = Object.values(given.sources).map(({ bytes }) => (bytes ? Buffer.from(bytes).toString() : ''))
  return [said(params), ...brought].some((text) => {
    const lines = text.replaceAll(COMMENT, '').replaceAll(CONTINUED, ' ')
    return DISRUPTIVE.some((words) => words.test(lines))
  })
}

/** All words of a value; a secret may be a command as well as anything else, and none of it is shown. */
function said(value: unknown): string {
  if (value instanceof Secret) return value.reveal()
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.values(value).map(said).join(' ')
}

const COMMENT = /^\s*#.*$/gm
const CONTINUED = /\\\n/g
const DISRUPTIVE = [
  /\b(systemctl|service|machinectl|initctl)\b[^\n]*\b(start|stop|restart|condrestart|reload|isolate|kill|freeze|suspend|hibernate|rescue|emergency|set-property)\b/,
  /\bsystemctl\b[^\n]* --now\b/,
  /\b(podman|docker)\b[^\n]*\b(start|stop|restart|kill|rm|down|pause|update|reset|prune)\b/,
  /\/init\.d\/[^\n]*\b(start|stop|restart|reload)\b/,
  /\bnft\b[^\n]*(\b(add|create|insert|replace|delete|destroy|flush|reset)\b|[\s"](-f|--file)\b)/,
  /\bip\b[^\n;|&]*\b(link|addr|address|route|rule|neigh|netns|xfrm)\b[^\n;|&]*\b(set|add|del|delete|flush|change|replace|append)\b/,
  /\bwg\b[^\n;|&]*\b(set|setconf|addconf|syncconf)\b/,
  /\bloginctl\b[^\n]*\b(terminate-(user|session)|kill-(user|session)|disable-linger)\b/,
  /\bnetworkctl\b[^\n]*\b(reload|reconfigure|up|down|renew|forcerenew|delete)\b/,
  /\bsysctl\b[^\n;|&]*\s(-[a-z]*[wpf]\b|--(write|load|system)\b|[\w./-]+=)/,
  /\b(kill|pkill|killall|killall5|skill|reboot|poweroff|halt|shutdown|kexec|telinit|umount|rmmod)\b/,
  /\binit\s+[0-6sSqQ]\b/,
  /\bfuser\b[^\n;|&]*\s(-\w*k|--kill\b)/,
  /\bifconfig\s+(-\S+\s+)*[^-\s;|&][^\s;|&]*\s+[^\s;|&]/,
  /\broute\b[^\n;|&]*\s(add|del|delete|flush)\b/,
  /\b(tc|bridge)\b[^\n;|&]*\s(add|del|delete|replace|change|set)\b/,
  /\b(iptables|ip6tables|iptables-restore|ufw|firewall-cmd|wg-quick|ifup|ifdown|ifenslave|brctl|netplan)\b/,
  /\b(apt|apt-get|aptitude|dpkg|snap|unattended-upgrades?|needrestart)\b/,
]
