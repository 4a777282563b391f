import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Json } from '../../engine/core/json.ts'
import { type Fleet, type FleetRun, withFleet } from '../support/fleet.ts'
import { labSuite, type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { withScratch } from '../support/scratch.ts'

const test = labSuite('role tmkms')
limit(300)

const HOME = '/var/lib/tmkms'
const WATCHED = ['/etc', '/opt', '/usr/local', '/var/lib']

test('softsign is configured, started once its key is there, and put back', () =>
  withSigner({}, async ({ signer, sentry, fleet, key }) => {
    const before = await signer.digest(WATCHED)
    assert.is((await fleet.apply('--check')).code, 0)
    assert.is(await signer.digest(WATCHED), before, 'check mode changed the host')
    const bare = await fleet.apply()
    done(bare)
    assert.match(bare.err, 'signer-1 lacks the key')
    nothing(await fleet.apply())
    done(await fleet.apply(...key))
    assert.is((await signer.run('systemctl is-active tmkms')).stdout.trim(), 'active')
    assert.is(await signer.read(`cat ${HOME}/tmkms.toml`), softsign(sentry))
    assert.is(await signer.read(`stat -c '%a %U %n' ${HOME}/* ${HOME}/secrets/*`), MODES)
    nothing(await fleet.apply(...key))
    const first = await invocation(signer)
    await signer.read(`sed -i 's/v0.34/v0.33/' ${HOME}/tmkms.toml; chmod 644 ${HOME}/secrets/*.key; systemctl disable tmkms`)
    done(await fleet.apply(...key))
    assert.is(await signer.read('systemctl is-enabled tmkms'), 'enabled\n')
    assert.is.not(await invocation(signer), first, 'it still runs with the configuration of before')
    assert.is(await signer.read(`cat ${HOME}/tmkms.toml`), softsign(sentry))
    nothing(await fleet.apply(...key))
    await signer.read(`chmod 644 ${HOME}/secrets/kvstore-1_consensus.key; chown nobody ${HOME}/secrets/identity.key`)
    const closed = await fleet.apply()
    done(closed)
    assert.equal(
      closed.results.map(({ task }) => task),
      ['tmkms : its keys, for nobody else'],
    )
    assert.is(await signer.read(`stat -c '%a %U %n' ${HOME}/* ${HOME}/secrets/*`), MODES)
    nothing(await fleet.apply())
  }))

test('a YubiHSM is configured by its numbers, and its password stays in a file', () =>
  withSigner({ tmkms_provider: 'yubihsm', tmkms_yubihsm_key: 7, tmkms_yubihsm_serial_number: '0123456789' }, async ({ signer, fleet }) => {
    done(await fleet.apply())
    const text = await signer.read(`cat ${HOME}/tmkms.toml`)
    assert.match(text, 'adapter = { type = "usb" }\nauth = { key = 1, password_file = "/var/lib/tmkms/secrets/yubihsm_password" }')
    assert.match(text, 'keys = [{ chain_ids = ["kvstore-1"], key = 7, type = "consensus" }]\nserial_number = "0123456789"')
    nothing(await fleet.apply())
  }))

test('what cannot be meant, and a second place for the key, are refused', () =>
  withSigner({}, async ({ signer, sentry, fleet, key, whole }) => {
    const rows: readonly (readonly [set: object, says: string])[] = [
      [{ tmkms_nodes: ['10.0.0.1:1234'] }, 'addresses such as'],
      [{ tmkms_public_key: 'x' }, '32 bytes in base64'],
      [{ tmkms_yubihsm_serial_number: '12' }, 'ten digits'],
      [{ tmkms_provider: 'vault' }, '`tmkms_provider` cannot be `vault`'],
      [{ tmkms_protocol_version: 'v0.40' }, '`tmkms_protocol_version` cannot be `v0.40`'],
      [{ tmkms_program: { version: '9.9.9', file: '/bin/true' } }, 'refused the new content'],
    ]
    for (const [set, says] of rows) {
      const refused = await fleet.apply('-e', JSON.stringify(set))
      assert.is.not(refused.code, 0)
      assert.match(said(refused), says, said(refused))
    }
    await sentry.read(`mkdir -p /var/lib/cosmos-node/config; printf '%s' '${whole}' >/var/lib/cosmos-node/config/priv_validator_key.json`)
    const second = said(await fleet.apply(...key))
    assert.match(second, 'the whole key of `kvstore-1` is on `sentry-1`', second)
    assert.is.not((await signer.run(`ls ${HOME}/secrets/kvstore-1_consensus.key`)).rc, 0)
    await sentry.read('rm -r /var/lib/cosmos-node')
  }))

test.run()

interface Scene {
  readonly signer: TestHost
  readonly sentry: TestHost
  readonly fleet: Fleet
  /** Words of a call that brings the key. */
  readonly key: readonly string[]
  /** What a node that has it would keep, the public half only. */
  readonly whole: string
}

/** Says its release, and runs until it is stopped. */
const STAND_IN = '#!/bin/sh\ncase $1 in version) echo "tmkms 0.14.0" ;; start) exec sleep infinity ;; esac\n'

const WIPE = `systemctl disable --now tmkms 2>/dev/null
rm -rf ${HOME} /var/lib/holdfast /opt/holdfast /usr/local/bin/tmkms /etc/systemd/system/tmkms.service; systemctl daemon-reload; userdel tmkms 2>/dev/null; true`

async function withSigner(vars: { readonly [name: string]: Json }, body: (scene: Scene) => Promise<void>): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const shown = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64')
  await withScratch(async (folder) => {
    const program = join(folder, 'tmkms')
    await writeFile(program, STAND_IN, { mode: 0o755 })
    await withHosts(2, async (hosts) => {
      const [signer, sentry] = hosts as readonly [TestHost, TestHost]
      await signer.read(WIPE)
      const all = {
        chain: 'kvstore',
        node_id: "{{ regex_search (sha256 inventory_hostname) '^.{40}' }}",
        tmkms_program: { version: '0.14.0', file: program },
        tmkms_public_key: shown,
        tmkms_account_key_prefix: 'cosmospub',
        tmkms_consensus_key_prefix: 'cosmosvalconspub',
        ...vars,
      }
      const request = { groups: { signer: [signer], sentry: [sentry] }, hosts: 'signer', roles: ['tmkms'], vars: all }
      const key = ['-e', JSON.stringify({ tmkms_place_key: true, tmkms_consensus_key: secret })]
      const whole = JSON.stringify({ pub_key: { type: 'tendermint/PubKeyEd25519', value: shown } })
      await withFleet(request, async (fleet) => await body({ signer, sentry, fleet, key, whole }))
    })
  })
}

const MODES = `700 tmkms ${HOME}/secrets
700 tmkms ${HOME}/state
600 tmkms ${HOME}/tmkms.toml
600 tmkms ${HOME}/secrets/identity.key
600 tmkms ${HOME}/secrets/kvstore-1_consensus.key
`

function softsign({ address }: TestHost): string {
  return `# Kept by Holdfast, role tmkms.
[[chain]]
id = "kvstore-1"
key_format = { type = "bech32", account_key_prefix = "cosmospub", consensus_key_prefix = "cosmosvalconspub" }
state_file = "${HOME}/state/kvstore-1.json"

[[validator]]
addr = "tcp://${address}:1234"
chain_id = "kvstore-1"
reconnect = true
secret_key = "${HOME}/secrets/identity.key"
protocol_version = "v0.34"

[[providers.softsign]]
chain_ids = ["kvstore-1"]
key_type = "consensus"
key_format = "base64"
path = "${HOME}/secrets/kvstore-1_consensus.key"
`
}

/** Another one for each start of it. */
async function invocation(signer: TestHost): Promise<string> {
  return await signer.read('systemctl show -p InvocationID --value tmkms')
}

function done(ran: FleetRun): void {
  assert.is(ran.code, 0, said(ran))
}

function nothing(ran: FleetRun): void {
  done(ran)
  assert.equal(ran.results, [], 'it changed something')
}

function said({ results, errors, err }: FleetRun): string {
  return [...results.map(({ message }) => message), ...errors, err].join('\n')
}
