import * as assert from 'uvu/assert'
import type { Module, StateModule } from '../../engine/core/module.ts'
import type { ObjectSchema } from '../../engine/core/params.ts'
import { Secret } from '../../engine/core/secret.ts'
import { wireguard } from '../../engine/modules/wireguard.ts'
import { wireguardKey } from '../../engine/modules/wireguard_key.ts'
import { completeParams, runScript } from '../support/apply_module.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo, shellOf } from '../support/host_round.ts'
import { labSuite, type TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { slowJournal } from '../support/slow_journal.ts'
import { NOTHING_ON_TRIAL, soon } from '../support/soon.ts'
import { makeKey, reaches, withTunnelHosts } from '../support/wireguard.ts'

const test = labSuite('wireguard')

limit(480)

const KEY_FILE = '/etc/wireguard/wg0.key'
const NOBODY = Buffer.alloc(32, 9).toString('base64')
const KEPT = Buffer.alloc(32, 7).toString('base64')

test('three hosts talk through tunnels; one that is taken out talks no more, and the others go on', () =>
  withTunnelHosts(3, async (hosts) => {
    const ends = await Promise.all(hosts.map(async (host, i) => ({ host, inside: `10.42.9.${i + 1}`, key: await makeKey(host) })))
    const paramsOf = (end: End, among = ends) => ({
      interface: 'wg0',
      addresses: [`${end.inside}/32`],
      revert_after: 0,
      peers: among.filter((other) => other !== end).map((other) => peerOf(other)),
    })
    for (const end of ends) await assertMakesSo(end.host, wireguard, paramsOf(end))
    const [one, two, three] = ends as [End, End, End]
    assert.equal(await Promise.all([reaches(one.host, two.inside), reaches(two.host, three.inside), reaches(three.host, one.inside)]), [
      true,
      true,
      true,
    ])
    await Promise.all(ends.map((end) => assertHolds(end.host, wireguard, paramsOf(end))))

    // A peer that is made anew counts from zero; new handshakes come of themselves.
    await one.host.read(`ping -n -q -c 50 -i 0.01 -s 1000 ${two.inside}`)
    const before = await useOf(one, two)
    const left = [one, two]
    for (const end of left) {
      const { changes } = await assertMakesSo(end.host, wireguard, paramsOf(end, left))
      assert.ok(changes.some(({ what, to }) => what === `wg0 peer ${three.key}` && to === 'absent'))
    }
    assert.equal(await Promise.all([reaches(one.host, two.inside), reaches(three.host, one.inside)]), [true, false])
    const after = await useOf(one, two)
    assert.is(after.programs, before.programs, 'the interface was made anew')
    assert.ok(
      after.received >= before.received,
      `a tunnel that stays was made anew: ${before.received} bytes before, ${after.received} after`,
    )
    assert.not.match(await one.host.read('ip route'), three.inside)
  }))

test('each part that someone changes is found and repaired', () =>
  withTunnelHosts(1, async ([host]) => {
    const one = host as TestHost
    await one.read('systemctl stop wg-quick@wg0; rm -f /etc/wireguard/wg0.conf')
    await makeKey(one)
    const peers = [
      { name: 'other', public_key: NOBODY, allowed_ips: ['10.42.9.9/32', 'fd00::9'], endpoint: '10.255.255.9:51820', keepalive: 25 },
      { public_key: KEPT, allowed_ips: ['10.42.9.8'] },
    ]
    const params = { interface: 'wg0', addresses: ['10.42.9.1/32', 'fd00:0::1'], revert_after: 0, peers }
    await assertMakesSo(one, wireguard, params)
    const drifts = [
      `wg set wg0 peer ${NOBODY} allowed-ips 10.42.9.10/32`,
      `wg set wg0 peer ${NOBODY} remove`,
      `wg set wg0 peer ${NOBODY} endpoint 10.255.255.10:51820`,
      `wg set wg0 peer ${NOBODY} persistent-keepalive 0`,
      `wg set wg0 peer ${KEPT} persistent-keepalive 15`,
      `wg genpsk | wg set wg0 peer ${NOBODY} preshared-key /dev/stdin`,
      `wg set wg0 peer ${Buffer.alloc(32, 8).toString('base64')} allowed-ips 10.42.9.66/32`,
      'wg set wg0 listen-port 51999',
      'wg genkey | wg set wg0 private-key /dev/stdin',
      'ip link set wg0 mtu 1300',
      'ip link set wg0 down',
      'ip addr add 10.42.9.2/32 dev wg0',
      'ip addr del fd00::1/128 dev wg0',
      'ip route del 10.42.9.9/32 dev wg0',
      'ip route add 10.42.9.77/32 dev wg0',
      'echo "# more" >>/etc/wireguard/wg0.conf',
      'chmod 644 /etc/wireguard/wg0.conf',
      'sed -i "s|^PrivateKey = .*|PrivateKey = $(wg genkey)|" /etc/wireguard/wg0.conf',
      'rm /etc/wireguard/wg0.conf',
      'systemctl disable --quiet wg-quick@wg0',
      'systemctl stop wg-quick@wg0',
      'ip link del wg0',
    ]
    for (const drift of drifts) {
      await one.read(drift)
      const foretold = await applyOn(one, wireguard, params, { check: true })
      const done = await applyOn(one, wireguard, params)
      assert.equal([done.status, done.message], ['changed', ''], drift)
      assert.equal(done.changes, foretold.changes)
      assert.ok(done.changes.length > 0 && !JSON.stringify(done.changes).includes('undefined'), `${drift}: ${JSON.stringify(done.changes)}`)
    }
    await one.read('systemctl reload wg-quick@wg0')
    await assertHolds(one, wireguard, params)
    assert.is((await one.run('systemctl restart wg-quick@wg0')).rc, 0)
    await assertHolds(one, wireguard, params)
    await assertMakesSo(one, wireguard, { interface: 'wg0', state: 'absent', revert_after: 0 })
    assert.is((await one.run('ls /etc/wireguard/wg0.conf')).rc, 2)
    assert.is((await one.run('ip link show dev wg0')).rc, 1)
  }))

test('pairs of hosts share keys that are worked out from one secret, which no one is shown', () =>
  withTunnelHosts(2, async (hosts) => {
    const ends = await Promise.all(hosts.map(async (host, i) => ({ host, inside: `10.42.8.${i + 1}`, key: await makeKey(host) })))
    const [one, two] = ends as [End, End]
    const secret = new Secret('mesh', 'not to be seen anywhere')
    const paramsOf = (end: End, other: End, preshared_secret: Secret | undefined) => ({
      interface: 'wg0',
      addresses: [`${end.inside}/32`],
      revert_after: 0,
      peers: [peerOf(other)],
      ...(preshared_secret && { preshared_secret }),
    })
    await assertMakesSo(one.host, wireguard, paramsOf(one, two, secret))
    await assertMakesSo(two.host, wireguard, paramsOf(two, one, undefined))
    assert.not(await reaches(one.host, two.inside), 'only one of them has the key')
    const { changes } = await assertMakesSo(two.host, wireguard, paramsOf(two, one, secret))
    // Who has tried in vain tries again only five seconds later.
    await one.host.read(soon(`ping -n -c 1 -W 2 ${two.inside}`))
    const key = (await one.host.read('wg show wg0 preshared-keys')).split('\t')[1]?.trim() ?? ''
    assert.is(key.length, 44)
    assert.not.match(JSON.stringify(changes), key)
    await Promise.all(ends.map(({ host }) => host.pristine()))
  }))

test('a change on trial is taken back when nobody confirms it, and a first one too', () =>
  withTunnelHosts(1, async ([host]) => {
    const one = host as TestHost
    await makeKey(one)
    const how = async () =>
      `${await one.run('wg show wg0 dump; ip -o addr show dev wg0 scope global | cut -d: -f2; ip route show dev wg0; ip -o link show dev wg0 | grep -o "mtu [0-9]*"').then(({ stdout }) => stdout)}${await one.run('cat /etc/wireguard/wg0.conf; systemctl is-enabled wg-quick@wg0').then(({ stdout }) => stdout)}`
    const params = {
      interface: 'wg0',
      addresses: ['10.42.9.1/32'],
      revert_after: 10,
      peers: [{ public_key: NOBODY, allowed_ips: ['10.42.9.9'] }],
    }
    const nothing = await how()
    for (const [before, next] of [
      [undefined, params],
      [
        { ...params, revert_after: 0 },
        { ...params, addresses: ['10.42.9.2/32'], listen_port: 5555, mtu: 1300, peers: [] },
      ],
      [undefined, { interface: 'wg0', state: 'absent', revert_after: 10 }],
    ] as const) {
      if (before) await assertMakesSo(one, wireguard, before)
      const old = await how()
      const onTrial = await applyOn(one, wireguard, next)
      assert.equal([onTrial.status, onTrial.message.split(':')[0]], ['failed', 'did not converge'])
      assert.is.not(await how(), old)
      const again = await applyOn(one, wireguard, { ...next, mtu: 1301, state: 'present', addresses: ['10.42.9.7'] })
      assert.match(again.message, 'an earlier change of this interface has not been confirmed yet')
      await one.read(soon(NOTHING_ON_TRIAL))
      assert.is(await how(), old, JSON.stringify(next))
      const late = await confirm(one, next)
      assert.equal([late.rc, /too late/.test(late.stderr)], [1, true])
      assert.is(await one.read('ls -A /run/holdfast'), '')
    }
    assert.is.not(await how(), nothing)
    const confirmed = { ...params, mtu: 1400 }
    await applyOn(one, wireguard, confirmed)
    const { rc, stderr } = await confirm(one, confirmed)
    assert.is(rc, 0, stderr)
    await one.read(NOTHING_ON_TRIAL)
    await assertHolds(one, wireguard, confirmed)
    assert.is(await one.read('ls -A /run/holdfast'), '')
    await one.pristine()
  }))

test('what cannot work is refused, and the host stays as it is', () =>
  withTunnelHosts(1, async ([host]) => {
    const one = host as TestHost
    const peer = { public_key: NOBODY, allowed_ips: ['10.42.9.9/32'] }
    const params = { interface: 'wg0', addresses: ['10.42.9.1/32'], peers: [peer] }
    await assertFails(one, wireguard, params, 'there is no private key in `/etc/wireguard/wg0.key`')
    await makeKey(one)
    await assertFails(one, wireguard, { ...params, addresses: [] }, 'needs `addresses`')
    await assertFails(one, wireguard, { ...params, addresses: ['10.42.9.300'] }, '`10.42.9.300` is no address')
    await assertFails(
      one,
      wireguard,
      { ...params, peers: [peer, { ...peer, public_key: Buffer.alloc(32, 8).toString('base64') }] },
      'behind two peers',
    )
    await assertFails(one, wireguard, { ...params, peers: [peer, { ...peer, allowed_ips: ['10.42.9.8'] }] }, 'two peers have the key')
    await assertFails(one, wireguard, { ...params, peers: [{ ...peer, allowed_ips: ['0.0.0.0/0'] }] }, 'the way to everywhere')
    await one.read('mv /usr/bin/wireguard-go /root/')
    await assertFails(one, wireguard, params, 'this kernel has no WireGuard')
    await one.read('printf "#!/bin/sh\\necho no device here >&2; exit 1\\n" >/usr/bin/wireguard-go; chmod 755 /usr/bin/wireguard-go')
    await slowJournal(one, 'wg-quick@wg0')
    await assertFails(one, wireguard, params, 'no device here')
    assert.is((await one.run('ls -A /run/holdfast /etc/wireguard/wg0.conf')).stdout.replace('/run/holdfast:', '').trim(), '')
    await one.pristine()
  }))

test('a key is made once on the host, kept to root, and made anew only where that is asked for', () =>
  withTunnelHosts(1, async ([host]) => {
    const one = host as TestHost
    const made = await assertMakesSo(one, wireguardKey, { path: KEY_FILE })
    const key = made.registered['public_key'] as string
    assert.is(key, await makeKey(one))
    await assertHolds(one, wireguardKey, { path: KEY_FILE, public_key: key })
    await one.read(`chmod 644 ${KEY_FILE}`)
    await assertMakesSo(one, wireguardKey, { path: KEY_FILE })
    await assertFails(one, wireguardKey, { path: KEY_FILE, public_key: NOBODY }, 'is not the one that the others know')
    const other = (await assertMakesSo(one, wireguardKey, { path: KEY_FILE, other_than: key })).registered['public_key']
    assert.is.not(other, key)
    await one.read(`rm ${KEY_FILE}`)
    await assertFails(one, wireguardKey, { path: KEY_FILE, public_key: key }, 'the host has lost the key')
    await one.read(`echo nonsense >${KEY_FILE}`)
    await assertMakesSo(one, wireguardKey, { path: KEY_FILE })
    await one.pristine()
  }))

test.run()

interface End {
  readonly host: TestHost
  readonly inside: string
  readonly key: string
}

function peerOf({ host, inside, key }: End) {
  return { name: host.name, public_key: key, allowed_ips: [`${inside}/32`], endpoint: `${host.address}:51820` }
}

async function useOf(end: End, peer: End): Promise<{ readonly received: number; readonly programs: string }> {
  const [transfer = '', programs = ''] = (
    await end.host.read(`wg show wg0 transfer | grep -F ${peer.key}; ps -C wireguard-go -o pid=`)
  ).split('\n')
  return { received: Number(transfer.split('\t')[1]), programs }
}

async function confirm(host: TestHost, params: object): Promise<Awaited<ReturnType<typeof runScript>>> {
  const module = wireguard as Module & StateModule<ObjectSchema, Record<string, unknown>>
  const script = module.confirm?.(completeParams(module.schema, params), { sources: {}, diff: false })
  if (!script) throw new Error('there is nothing to confirm')
  return await runScript(script, await shellOf(host))
}
