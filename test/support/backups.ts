import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import type { Json } from '../../engine/core/json.ts'
import { atEnd } from './cleanup.ts'
import { type Fleet, withFleet } from './fleet.ts'
import { type TestHost, withHosts } from './lab.ts'
import { someDay } from './some_day.ts'

const call = promisify(execFile)

export const BACKUP = fileURLToPath(new URL('../../../playbooks/backup.yml', import.meta.url))
export const RESTORE = fileURLToPath(new URL('../../../playbooks/restore.yml', import.meta.url))
export const CONFIG = '/var/lib/cosmos-node/config'
export const NODE_STATE = '/var/lib/cosmos-node/data/priv_validator_state.json'

const RUNS = ['backup', 'check', 'test', 'forget', 'data']
const PASSWORD = 'correct horse battery staple'

/** A fleet whose repositories are on `monitoring`. */
export interface BackupHosts {
  readonly monitoring: TestHost
  readonly sentry: TestHost
  readonly cosigner: TestHost
  readonly other: TestHost
}

/** Hosts with what the roles of a node and of a signer would leave on them, and a fleet that gives them the role `backup`. */
export async function withBackups(
  body: (hosts: BackupHosts, fleet: Fleet) => Promise<void>,
  vars: { readonly [name: string]: Json } = {},
): Promise<void> {
  await withRestic(async (restic) => {
    await withHosts(
      2,
      async ([monitoring, sentry]) => {
        await withHosts(2, async ([cosigner, other]) => {
          const hosts = { monitoring, sentry, cosigner, other } as BackupHosts
          const program = { name: 'restic', version: '0.14.0', file: restic }
          await withFleet(
            {
              groups: { monitoring: [hosts.monitoring], sentry: [hosts.sentry], cosigner: [hosts.cosigner, hosts.other] },
              roles: ['backup'],
              vars: {
                backup_password: PASSWORD,
                chain_id: 'c1',
                backup_program_from: "{{ ternary (in 'cosigner' group_names) 'program' 'apt' }}",
                backup_program: program,
                // None of them comes into the middle of what a test does at that hour.
                backup_schedule: Object.fromEntries(RUNS.map((run) => [run, someDay()])),
                ...vars,
              },
            },
            async (fleet) => {
              await furnish(hosts)
              await body(hosts, fleet)
            },
          )
        })
      },
      { internet: true },
    )
  })
}

/** What the roles of a node and of a signer leave on their hosts. */
async function furnish({ sentry, cosigner, other }: BackupHosts): Promise<void> {
  await sentry.read(`id cosmos-node 2>/dev/null >&2 || useradd --system --home-dir /var/lib/cosmos-node --shell /usr/sbin/nologin cosmos-node
    rm -rf /var/lib/cosmos-node; mkdir -p ${CONFIG} /var/lib/cosmos-node/data/blockstore.db
    echo 'moniker = "one"' >${CONFIG}/config.toml; echo '{"peers":1}' >${CONFIG}/addrbook.json; echo '{"chain_id":"c1"}' >"${CONFIG}/genesis.json"
    echo secret >${CONFIG}/node_key.json; echo 'a key that signs' >${CONFIG}/priv_validator_key.json; chmod 0600 ${CONFIG}/*key.json
    echo '{"height":"0","round":0,"step":0}' >${NODE_STATE}; head -c 300000 /dev/urandom >/var/lib/cosmos-node/data/blockstore.db/1
    chown -R cosmos-node: /var/lib/cosmos-node; chmod 0700 /var/lib/cosmos-node`)
  for (const host of [cosigner, other])
    await host.read(`id horcrux 2>/dev/null >&2 || useradd --system --home-dir /var/lib/horcrux --shell /usr/sbin/nologin horcrux
    rm -rf /var/lib/horcrux; mkdir -p -m 0700 /var/lib/horcrux/state /var/lib/horcrux/raft
    cd /var/lib/horcrux; echo 'signMode: threshold' >config.yaml; echo shard >c1_shard.json; echo keys >ecies_keys.json; echo log >raft/logs.dat
    for f in priv_validator share_sign; do echo '{"height":"100","round":"0","step":3}' >state/c1_"$f"_state.json; done
    chmod -R go= .; chown -R horcrux: .`)
}

/** Debian's restic of this machine, as something to push; fetched once. */
async function withRestic(body: (program: string) => Promise<void>): Promise<void> {
  restic ??= fetchRestic()
  await body(await restic)
}

let restic: Promise<string> | undefined

async function fetchRestic(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-restic-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  await call('sh', ['-c', 'apt-get download -q restic >/dev/null 2>&1 && dpkg -x restic_*.deb .'], { cwd: folder })
  return join(folder, 'usr/bin/restic')
}
