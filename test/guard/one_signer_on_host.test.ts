import * as assert from 'uvu/assert'
import type { FleetRun } from '../support/fleet.ts'
import { labSuite, type TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { SIGNER_CHAIN, withSigners } from '../support/signer_fleet.ts'

const test = labSuite('one signer for each key')
limit(400)

const HOME = '/var/lib/horcrux'
const SHARD = `${HOME}/${SIGNER_CHAIN}_shard.json`
const RECORDS = '/var/lib/holdfast/signers'

test('a shard that lies on another host is not placed, whatever the call is limited to', () =>
  withSigners(async ({ cosigners: [one, two], fleet, keys, shards }) => {
    await two.read(`mkdir -p /root/.horcrux && printf '%s' '${shards[0]}' >/root/.horcrux/${SIGNER_CHAIN}_shard.json`)
    const refused = await fleet.apply(...keys, '-l', 'cosigner-1')
    assert.is(refused.code, 1)
    assert.match(said(refused), 'shard 1 of `kvstore-1` is on `cosigner-2`: /root/.horcrux/kvstore-1_shard.json')
    assert.is.not((await one.run(`ls ${SHARD}`)).rc, 0)
    assert.is.not((await one.run(`ls ${RECORDS}/*`)).rc, 0, 'a refusal left a record')
    await two.read('rm -r /root/.horcrux')
    done(await fleet.apply(...keys, '-l', 'cosigner-1'))
  }))

test('no shard beside the whole key, and no signer started beside it', () =>
  withSigners(async ({ cosigners: [one], sentry, fleet, keys, whole }) => {
    const put = `mkdir -p /var/lib/cosmos-node/config && printf '%s' '${whole}' >/var/lib/cosmos-node/config/priv_validator_key.json`
    await sentry.read(put)
    const refused = await fleet.apply(...keys, '-l', 'cosigner-1')
    assert.match(said(refused), 'the whole key of `kvstore-1` is on `sentry-1`: /var/lib/cosmos-node/config/priv_validator_key.json')
    await sentry.read('rm -r /var/lib/cosmos-node')
    done(await fleet.apply(...keys))
    await one.read('systemctl disable --now horcrux')
    await sentry.read(put)
    const idle = await fleet.apply()
    assert.is(idle.code, 1)
    assert.match(said(idle), 'the whole key of `kvstore-1` is on `sentry-1`')
    assert.is((await one.run('systemctl is-active horcrux')).stdout.trim(), 'inactive')
  }))

test('a host that does not answer could hold the key; one that has its own on record may start', () =>
  withSigners(async ({ cosigners: [one, two, three], fleet, keys }) => {
    await three.crash()
    const refused = await fleet.apply(...keys, '-l', 'cosigner-1')
    assert.match(said(refused), '`cosigner-3` does not answer, so nobody knows what it holds')
    await three.boot()
    done(await fleet.apply(...keys))
    await three.crash()
    await one.read('systemctl disable --now horcrux')
    done(await fleet.apply('-l', 'cosigner-1'))
    await two.crash()
    await one.read('systemctl disable --now horcrux')
    assert.is((await fleet.apply('-l', 'cosigner-1')).code, 1, 'one of three is too few to know')
    assert.is((await one.run('systemctl is-active horcrux')).stdout.trim(), 'inactive')
    await Promise.all([two.boot(), three.boot()])
  }))

test('a shard moves when the old place has let go of it, with what was signed, and only forward', () =>
  withSigners(async ({ cosigners: [one, two, three], fleet, keys }) => {
    done(await fleet.apply(...keys))
    await Promise.all([one, two, three].map((host, i) => host.read(sign(100 + i))))
    await one.read(`systemctl stop horcrux && rm ${SHARD}`)
    // Cosigner 1 takes the place of cosigner 2, which the quorum guard would rather keep: with 1 down, it is one too many.
    const swapped = [
      '-e',
      JSON.stringify({ shard_id: '{{ lookup test_places inventory_hostname }}', test_places: PLACES, horcrux_replace_keys: true }),
    ]
    const early = await fleet.apply(...keys, ...swapped, '-l', 'cosigner-1')
    assert.match(said(early), 'shard 2 of `kvstore-1` is on `cosigner-2`', said(early))
    const kept = await fleet.apply('-e', 'horcrux_release_key=true', '-l', 'cosigner-2', '--without-quorum', 'kvstore')
    done(kept)
    assert.is.not((await two.run(`ls ${SHARD}`)).rc, 0)
    assert.is((await two.run('systemctl is-enabled horcrux')).stdout.trim(), 'disabled')
    done(await fleet.apply(...keys, ...swapped, '-l', 'cosigner-1'))
    assert.match(await one.read(`cat ${HOME}/state/*_share_sign_state.json`), '"height": "102"')
    assert.match(await one.read(`cat ${HOME}/state/*_priv_validator_state.json`), '"height": "102"')
    assert.is(await one.read(`stat -c '%a %U' ${HOME}/state/*.json`), '600 horcrux\n600 horcrux\n')
    assert.match(await three.read(`cat ${HOME}/state/*_priv_validator_state.json`), '"height": "102"')
    const states = await Promise.all([one, two, three].map(recorded))
    for (const text of states) assert.match(text, /"shard":2[^\n]*"host":"cosigner-2"[^\n]*"state":"released"/)
  }))

test('a machine that was built anew gets its shard back only when the old one is vouched for', () =>
  withSigners(async ({ cosigners: [one], fleet, keys }) => {
    done(await fleet.apply(...keys))
    const machine = (await one.read('cat /etc/machine-id')).trim()
    await one.read(`systemctl disable --now horcrux; rm -rf ${HOME} /var/lib/holdfast; systemd-id128 new >/etc/machine-id`)
    const refused = await fleet.apply(...keys, '-l', 'cosigner-1')
    assert.is(refused.code, 1)
    assert.match(said(refused), 'another machine has that name now')
    assert.match(said(refused), `vouch for it: \`cosigner-1/${machine}\``)
    done(await fleet.apply(...keys, '-l', 'cosigner-1', '-e', JSON.stringify({ horcrux_vouched_for: [`cosigner-1/${machine}`] })))
    assert.is((await one.run('systemctl is-active horcrux')).stdout.trim(), 'active')
    done(await fleet.apply(...keys))
  }))

test('a copy of the disk does not sign, also when it is started by hand', () =>
  withSigners(async ({ cosigners: [one], fleet, keys }) => {
    done(await fleet.apply(...keys))
    const machine = await one.read('cat /etc/machine-id')
    try {
      await one.read('systemd-id128 new >/etc/machine-id; systemctl restart horcrux')
      assert.is((await one.run('systemctl is-active horcrux')).stdout.trim(), 'inactive')
    } finally {
      await one.read(`printf %s '${machine}' >/etc/machine-id`)
    }
    await one.read('systemctl restart horcrux; systemctl is-active horcrux')
  }))

test.run()

const PLACES = { 'cosigner-1': 2, 'cosigner-2': 1, 'cosigner-3': 3, 'sentry-1': 9 }

/** As if the cosigner had signed up to this height. */
function sign(height: number): string {
  const text = JSON.stringify({ height: String(height), round: '0', step: 3 }, null, 2)
  const files = ['priv_validator', 'share_sign'].map((name) => `${HOME}/state/${SIGNER_CHAIN}_${name}_state.json`)
  return files.map((file) => `printf '%s' '${text}' >${file} && chown horcrux: ${file} && chmod 600 ${file}`).join(' && ')
}

async function recorded(host: TestHost): Promise<string> {
  return await host.read(`cat ${RECORDS}/*`)
}

function done(ran: FleetRun): void {
  assert.is(ran.code, 0, said(ran))
}

function said({ results, errors, err }: FleetRun): string {
  return [...results.map(({ message }) => message), ...errors, err].join('\n')
}
