import * as assert from 'uvu/assert'
import { assertClean, type Ended, type Project, reached, until, withFleet, withRelay } from '../faults/applied.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'
import type { Relay } from '../support/relay.ts'

const test = labSuite('reboot')

test('tries the test of the host until it passes', () =>
  withHost(async (host) => {
    await host.read('rm -f /srv/tries')
    const site = play(`reboot: { reboot_timeout: 60, test_command: 'echo x >> /srv/tries; [ $(wc -l < /srv/tries) = 3 ]' }`)
    await withFleet({ [host.name]: reached(host) }, { 'playbooks/site.yml': site }, async (project) => {
      const ended = await project.applied()
      assert.is(ended.code, 0, ended.err)
      assert.is(await host.read('wc -l < /srv/tries'), '3\n')
    })
  }))

test('says which test did not pass in time', () =>
  withHost((host) =>
    withFleet(
      { [host.name]: reached(host) },
      { 'playbooks/site.yml': play("reboot: { reboot_timeout: 30, test_command: '[ -e /no/such ]' }") },
      async (project) => {
        const ended = await project.applied()
        assert.is(ended.code, 1)
        assert.match(ended.err, /it is back, but `\[ -e \/no\/such \]` failed with status 1/)
      },
    ),
  ))

test('gives up on a host that takes connections and says nothing', () =>
  withHost((host) =>
    rebooting(host, { reboot_timeout: 4, connect_timeout: 1 }, async ({ project, between }) => {
      const ended = await project.begun(() => between.stall())
      assert.is(ended.code, 1)
      assert.match(ended.err, /it did not come back within 4 s: it does not answer/)
    }),
  ))

test('ends its waiting when it is interrupted', () =>
  withHost((host) =>
    rebooting(host, { reboot_timeout: 6000 }, async ({ project }) => {
      const ended = await project.begun((kill) => kill('SIGINT'))
      assert.is(ended.code, 130)
      assert.match(ended.err, /interrupted while it rebooted/)
    }),
  ))

test.run()

interface Begun {
  readonly project: { begun(act: (kill: (signal: 'SIGINT') => void) => void): Promise<Ended> }
  readonly between: Relay
}

/** A host that is about to reboot and, since its power is cut at the end, never does. */
async function rebooting(host: TestHost, params: object, body: (begun: Begun) => Promise<void>): Promise<void> {
  const site = play(`reboot: ${JSON.stringify({ ...params, pre_reboot_delay: 0 })}`)
  await host.read(
    `mv /usr/sbin/shutdown /usr/sbin/shutdown.away; printf '#!/bin/sh\nsleep 777\n' > /usr/sbin/shutdown; chmod 755 /usr/sbin/shutdown`,
  )
  try {
    await withRelay(
      host,
      () => undefined,
      (between, vars) =>
        withFleet({ [host.name]: vars }, { 'playbooks/site.yml': site }, (project) =>
          body({ between, project: { begun: (act) => begun(host, project, act) } }),
        ),
    )
  } finally {
    await host.read('mv -f /usr/sbin/shutdown.away /usr/sbin/shutdown; pkill -fx "sleep 777" || true')
    await host.crash()
  }
}

async function begun(host: TestHost, project: Project, act: (kill: (signal: 'SIGINT') => void) => void): Promise<Ended> {
  const { child, ended } = project.apply()
  await until(async () => (await host.run(`pgrep -fx 'sleep 777'`)).rc === 0, 'the reboot to be on its way')
  act((signal) => child.kill(signal))
  const result = await ended
  assertClean(result)
  return result
}

function play(task: string): string {
  return `- hosts: all\n  become: true\n  tasks:\n    - ${task}\n`
}
