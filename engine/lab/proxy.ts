import { spawn } from 'node:child_process'
import { open, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { aptProxy } from './apt_proxy.ts'
import { makeGroup } from './cgroup.ts'
import { controllerAddress, type Lab, labFolder } from './layout.ts'

export const PROXY_PORT = 8888

const START_LIMIT_MS = 10_000

/** Starts the proxy through which apt of the hosts with internet reaches its mirrors. It answers no other address. */
export async function startProxy(lab: Lab): Promise<void> {
  const allowed = lab.hosts.filter(({ internet }) => internet)
  if (allowed.length === 0) return
  const beyond = await aptProxy()
  const file = join(labFolder(lab.name), 'proxy.conf')
  await writeFile(
    file,
    `User nobody
Group nogroup
Port ${PROXY_PORT}
Listen ${controllerAddress(lab)}
Timeout 600
MaxClients 200
LogLevel Warning
DisableViaHeader Yes
ConnectPort 443
${beyond ? `Upstream http ${beyond.hostname}:${beyond.port || 80}\n` : ''}${allowed.map(({ address }) => `Allow ${address}\n`).join('')}`,
  )
  const group = await makeGroup(lab.name, '_proxy')
  const log = await open(join(labFolder(lab.name), 'proxy.log'), 'a')
  const script = 'echo $$ > "$1/cgroup.procs"; exec tinyproxy -d -c "$2"'
  const child = spawn('sh', ['-c', script, 'sh', group, file], { detached: true, stdio: ['ignore', log.fd, log.fd] })
  await new Promise((resolve, fail) => child.on('spawn', resolve).on('error', fail))
  child.unref()
  await log.close()
  await listens(controllerAddress(lab))
}

async function listens(address: string): Promise<void> {
  for (const deadline = Date.now() + START_LIMIT_MS; !(await accepts(address)); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`tinyproxy does not answer at ${address}:${PROXY_PORT}`)
  }
}

function accepts(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PROXY_PORT })
    socket.on('connect', () => socket.end(() => resolve(true))).on('error', () => resolve(false))
  })
}
