import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '../../engine/core/json.ts'
import { type Fleet, withFleet } from './fleet.ts'
import { type TestHost, withHosts } from './lab.ts'
import { madeUpShards, STAND_IN_SIGNER } from './stand_in_signer.ts'

/** Three cosigners of a chain, of which two sign, and the sentry they would sign for. */
export interface SignerFleet {
  readonly cosigners: readonly [TestHost, TestHost, TestHost]
  readonly sentry: TestHost
  readonly fleet: Fleet
  /** Words of a call that brings the keys. */
  readonly keys: readonly string[]
  /** The whole key, as a node would have it. */
  readonly whole: string
  readonly shards: readonly string[]
}

export const SIGNER_CHAIN = 'kvstore-1'

/** Lends fresh hosts and a project whose playbook gives the cosigners the role `horcrux`, with a stand-in for the program. */
export async function withSigners(body: (scene: SignerFleet) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-signer-'))
  const program = join(folder, 'horcrux')
  try {
    await writeFile(program, STAND_IN_SIGNER, { mode: 0o755 })
    await withHosts(4, async (hosts) => {
      await Promise.all(hosts.map((host) => host.read(WIPE)))
      const [sentry, ...cosigners] = hosts as readonly [TestHost, TestHost, TestHost, TestHost]
      const made = madeUpShards(3)
      const vars = {
        chain: 'kvstore',
        node_id: "{{ regex_search (sha256 inventory_hostname) '^.{40}' }}",
        shard_id: "{{ int (last (split inventory_hostname '-')) }}",
        signing_threshold: 2,
        horcrux_program: { version: '3.3.2', file: program },
      }
      const request = { groups: { sentry: [sentry], cosigner: cosigners }, hosts: 'cosigner', roles: ['horcrux'], vars }
      const keys = ['-e', signerKeys(made)]
      await withFleet(request, async (fleet) => await body({ cosigners, sentry, fleet, keys, ...made }))
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** As if none of it had ever been here; quicker than a fresh host. */
const WIPE = `systemctl disable --now horcrux 2>/dev/null
rm -rf /var/lib/horcrux /var/lib/holdfast /opt/holdfast /usr/local/bin/horcrux /etc/systemd/system/horcrux.service* /root/.horcrux /var/lib/cosmos-node
systemctl daemon-reload; userdel horcrux 2>/dev/null; true`

/** The variables that a sealed `host_vars/NAME/signer.yml` would hold for each host, as one `-e`. */
function signerKeys({ shards, eciesKeys }: { readonly shards: readonly string[]; readonly eciesKeys: readonly string[] }): string {
  const all = { test_shards: [...shards], test_ecies: [...eciesKeys] }
  const own = (name: string): Json => `{{ lookup ${name} (subtract shard_id 1) }}`
  return JSON.stringify({ ...all, horcrux_place_keys: true, horcrux_shard: own('test_shards'), horcrux_ecies_keys: own('test_ecies') })
}
