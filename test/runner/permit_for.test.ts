import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Job } from '../../engine/converge/job.ts'
import { Content } from '../../engine/core/content.ts'
import { plain } from '../../engine/core/node.ts'
import { Secret } from '../../engine/core/secret.ts'
import type { Guards } from '../../engine/guard/guards.ts'
import { createScope } from '../../engine/playbook/scope.ts'
import { permitFor } from '../../engine/runner/permit_for.ts'
import { playOf, tasksIn } from '../support/project.ts'

const test = suite('who is asked before a job')

const CASES: readonly (readonly [task: string, isAsked: boolean, why: string])[] = [
  ['copy: { content: x, dest: /x }', true, 'a change'],
  ['copy: { content: x, dest: /x }\n      changed_when: false', true, 'its module knows better what it changes'],
  ['command: uptime', true, 'a command may change anything'],
  ['command: uptime\n      changed_when: false', false, 'it says that it changes nothing'],
  ['command: systemctl status horcrux\n      changed_when: false', false, 'it only looks'],
  ['command: systemctl restart horcrux\n      changed_when: false', true, 'it says so, and restarts something'],
  ['command: { argv: [systemctl, stop, horcrux] }\n      changed_when: false', true, 'it says so, and stops something'],
  ['shell: nft list ruleset | grep -c drop\n      changed_when: false', false, 'it only looks'],
  ['shell: nft -f /etc/rules\n      changed_when: false', true, 'it says so, and loads rules'],
  ['shell: "set -e\\nsystemctl restart horcrux"\n      changed_when: false', true, 'the word begins a line'],
  ['shell: "cd /\\n\\tkill 1"\n      changed_when: false', true, 'the word stands behind a tab'],
  ['shell: "systemctl \\\\\\n  restart horcrux"\n      changed_when: false', true, 'the line goes on'],
  ['shell: "# it goes on \\\\\\nsystemctl restart horcrux"\n      changed_when: false', true, 'a comment does not go on'],
  ['command: systemctl disable --now horcrux\n      changed_when: false', true, 'it stops something as well'],
  ['command: systemctl freeze horcrux\n      changed_when: false', true, 'what stands still signs nothing'],
  ['command: loginctl disable-linger horcrux\n      changed_when: false', true, 'it ends what the user runs'],
  ['command: ip link set wg0 down\n      changed_when: false', true, 'it cuts the way to the others'],
  ['command: ip -brief address show\n      changed_when: false', false, 'it only looks'],
  ['command: init 6\n      changed_when: false', true, 'it reboots'],
  ['command: simd init node\n      changed_when: false', false, 'it stops nothing'],
  ['command: fuser -k 2222/tcp\n      changed_when: false', true, 'it kills who has the port'],
  ['command: fuser -v 2222/tcp\n      changed_when: false', false, 'it only looks'],
  ['command: ifconfig eth0 down\n      changed_when: false', true, 'it cuts the way to the others'],
  ['command: ifconfig -a eth0\n      changed_when: false', false, 'it only looks'],
  ['command: route del default\n      changed_when: false', true, 'it cuts the way to the others'],
  ['command: ip route show\n      changed_when: false', false, 'it only looks'],
  ['command: tc qdisc add dev eth0 root netem loss 100%\n      changed_when: false', true, 'nothing gets through'],
  ['command: tc -s qdisc show dev eth0\n      changed_when: false', false, 'it only looks'],
  ['command: wg show wg0 dump\n      changed_when: false', false, 'it only looks'],
  ['command: wg set wg0 peer x remove\n      changed_when: false', true, 'it cuts the way to another'],
  ['command: sysctl -n net.ipv4.ip_forward\n      changed_when: false', false, 'it only looks'],
  ['command: sysctl -w net.ipv4.ip_forward=0\n      changed_when: false', true, 'it sets something'],
  ['stat: { path: /x }', false, 'a query'],
  ['wait_for: { port: 22 }', false, 'it only waits'],
]

const GUARDS: Guards = {
  permit: () => ({ enter: async () => ({ anew: false }), leave: async () => undefined }),
  close: async () => undefined,
}

test('is nobody where nothing can change', () => {
  for (const [task, isAsked, why] of CASES) assert.is(asks(task), isAsked, `${task}: ${why}`)
})

test('is nobody in check mode', () => {
  assert.is(asks('copy: { content: x, dest: /x }', { check: true }), false)
})

test('reads a secret, too, which may be all of the command', () => {
  const command = 'command: x\n      changed_when: false'
  assert.ok(asks(command, { params: { cmd: new Secret('what is run', 'systemctl restart horcrux.service --wait') } }))
  assert.not.ok(asks(command, { params: { cmd: new Secret('what is run', 'uptime --since --planted') } }))
})

test('looks into a script, but not at its comments', () => {
  assert.is(asks('script: x.sh\n      changed_when: false', { script: '# never say: systemctl restart it\ntrue\n' }), false)
  assert.is(asks('script: x.sh\n      changed_when: false', { script: 'systemctl restart it\n' }), true)
})

test.run()

interface Asked {
  readonly check?: boolean
  readonly script?: string
  readonly params?: object
}

function asks(task: string, { check = false, script = '', params }: Asked = {}): boolean {
  const [parsed] = tasksIn(playOf({ 'site.yml': `- hosts: all\n  tasks:\n    - ${task}\n`, 'x.sh': script }).sections.flat())
  if (!parsed) throw new Error('there is no task')
  const job: Job = {
    module: parsed.module,
    params: (params ?? plain(parsed.params)) as never,
    given: { sources: { script: Content.of(script) }, diff: false },
    as: undefined,
    environment: {},
    check,
  }
  return (
    permitFor(parsed, job, { guards: GUARDS, host: 'a', folder: '.', scope: createScope([], { host: 'a', open: sealed }) }) !== undefined
  )
}

function sealed(): never {
  throw new Error('nothing is sealed')
}
