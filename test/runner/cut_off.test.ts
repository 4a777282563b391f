import { type AddressInfo, createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('a command that never began')

test('is not said to have been cut off when sshd hangs up before the login', async () => {
  await withBusySshd(async (port) => {
    const busy = { ansible_host: '127.0.0.1', ansible_port: String(port), ansible_connection: 'ssh' }
    const site = '- hosts: all\n  gather_facts: false\n  tasks:\n    - name: t\n      command: "true"\n'
    await withLocalRun({ 'site.yml': site }, { hosts: ['h1'], reached: { h1: busy } }, ({ result }) => {
      const { status, message, help } = result('h1', 't')
      assert.is(status, 'unreachable')
      assert.match(message ?? '', /^`h1` \(127\.0\.0\.1 port \d+\) closed the connection before the login$/)
      assert.match(help ?? '', /MaxStartups/)
    })
  })
})

/** Hangs up on everyone, as sshd does beyond its `MaxStartups`. */
async function withBusySshd(body: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.resume().end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body((server.address() as AddressInfo).port)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

test.run()
