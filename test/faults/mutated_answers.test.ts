/** What a genuine host answers, changed at random on its way: every run ends in results, in time, whatever arrives. */
import { Transform } from 'node:stream'
import fc from 'fast-check'
import type { ServerChannel } from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { type Module, Refusal } from '../../engine/core/module.ts'
import { MODULES } from '../../engine/modules/registry.ts'
import { type AnyStateModule, compare } from '../../engine/converge/compare.ts'
import type { Job } from '../../engine/converge/job.ts'
import { completeParams, runScript } from '../support/apply_module.ts'
import { limit } from '../support/limit.ts'
import { withLocalRun } from '../support/local_run.ts'
import { entryVars, honest, withSshServer } from './ssh_server.ts'

limit(180)
const test = suite('mutated answers')

/** Every module that looks at a host, in check mode, so that this machine stays as it is. */
const SITE = `- hosts: all
  tasks:
    - { stat: { path: /etc/hostname } }
    - { slurp: { src: /etc/hostname } }
    - { command: { cmd: 'true', creates: /nonexistent } }
    - { copy: { content: x, dest: '{{ here }}/copied', mode: '0600' } }
    - { file: { path: '{{ here }}/folder', state: directory } }
    - { lineinfile: { path: /etc/hosts, line: x } }
    - { blockinfile: { path: /etc/hosts, block: x } }
    - { replace: { path: /etc/hosts, regexp: localhost, replace: x } }
    - { user: { name: root, shell: /bin/sh } }
    - { group: { name: root } }
    - { authorized_key: { user: root, key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEVRpQ1TGfXG+AhNOZMTg04STCIN4HRH5DW7Nwk/XKNf } }
    - { apt: { name: coreutils } }
    - { package: { name: coreutils } }
    - { systemd_service: { name: ssh, state: started } }
    - { sysctl: { name: vm.swappiness, value: '1' } }
    - { kernel_module: { name: loop } }
    - { hostname: { name: other } }
    - { timezone: { name: UTC } }
    - { cron: { name: x, job: 'true' } }
    - { mount: { path: /mnt, src: /dev/null, fstype: ext4, state: mounted } }
    - { nftables: { table: t, rules: 'chain c {}' } }
    - { sudoers: { name: x, user: root, commands: [/bin/true] } }
  ignore_errors: true
`

interface Mutation {
  readonly at: number
  readonly length: number
  readonly by: Uint8Array
}

/** One place in that many bytes deleted, or replaced by something else. */
function mutationOf(bytes: number): fc.Arbitrary<Mutation> {
  return fc.record({
    at: fc.nat(bytes),
    length: fc.oneof(fc.constant(0), fc.nat(40)),
    by: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(...PIECES).map((text) => Buffer.from(text)),
    ),
  })
}

const PIECES = ['\n', '0', '-1', 'null', '{', '|', ' ', '=', '\n\n', '999999999999999999999', '\u001b[2J', 'stat ', 'bytes ', 'sha256 ']

test('60 of them end in a result for every host, and none in an error of ours', () =>
  fc.assert(
    fc.asyncProperty(fc.array(mutationOf(30_000), { minLength: 1, maxLength: 4 }), fc.boolean(), async (mutations, alsoErrors) => {
      const conduct = (command: string, channel: ServerChannel) => honest(command, mutating(channel, mutations, alsoErrors))
      await withSshServer(conduct, async (entry) => {
        const options = { hosts: ['liar'], check: true, reached: { liar: entryVars(entry) }, patience: { lookMs: 1000, changeMs: 1000 } }
        await withLocalRun({ 'site.yml': SITE }, options, ({ summary }) => {
          assert.equal(Object.keys(summary.hosts), ['liar'])
        })
      })
    }),
    { numRuns: 60 },
  ))

test('no module takes fright at nonsense: what it cannot read, it refuses', async () => {
  for (const module of MODULES.filter((one) => one.kind === 'state')) {
    for (const { params } of module.examples) {
      const job = jobOf(module, params)
      const { stdout } = await runScript(module.probe(job.params, job.given))
      fc.assert(
        fc.property(fc.array(mutationOf(stdout.length), { maxLength: 4 }), (mutations) => {
          const seen = mutations.reduce<Buffer>((all, one) => spliced(all, one), Buffer.from(stdout)).toString()
          refusesOrReads(() => compare(module as AnyStateModule, job, { rc: 0, stdout: seen, stderr: '' }))
        }),
        { numRuns: 60 },
      )
    }
  }
})

test.run()

function refusesOrReads(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    assert.instance(error, Refusal)
  }
}

function jobOf(module: Module, params: object): Job {
  return {
    module,
    params: completeParams(module.schema, params),
    given: { sources: { src: Content.of('hello') }, diff: true },
    as: undefined,
    environment: {},
    check: false,
  }
}

/** The channel, with these changes to what is written to it. */
function mutating(channel: ServerChannel, mutations: readonly Mutation[], alsoErrors: boolean): ServerChannel {
  const out = mutator(mutations)
  out.pipe(channel)
  const err = alsoErrors ? mutator(mutations) : undefined
  err?.pipe(channel.stderr)
  return new Proxy(channel, {
    get: (target, key) => {
      if (key === 'write') return out.write.bind(out)
      if (key === 'end') return () => out.end()
      if (key === 'stderr' && err) return err
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function mutator(mutations: readonly Mutation[]): Transform {
  let offset = 0
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      const start = offset
      offset += bytes.length
      done(
        null,
        mutations.reduce<Buffer>((all, { at, length, by }) => spliced(all, { at: at - start, length, by }), bytes),
      )
    },
  })
}

function spliced(bytes: Buffer, { at, length, by }: Mutation): Buffer {
  if (at < 0 || at >= bytes.length) return bytes
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)])
}
