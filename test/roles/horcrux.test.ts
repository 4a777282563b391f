import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { FleetRun } from '../support/fleet.ts'
import { labSuite } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { type SignerFleet, withSigners } from '../support/signer_fleet.ts'
import { soon } from '../support/soon.ts'

const test = labSuite('role horcrux')
limit(600)

const WATCHED = ['/etc', '/opt', '/usr/local', '/var/lib']
const HOME = '/var/lib/horcrux'

test('makes a host ready without a shard, says that it is missing, and finds nothing to do', () =>
  withSigners(async ({ cosigners: [one], fleet, keys }) => {
    const before = await one.digest(WATCHED)
    assert.is((await fleet.apply('--check')).code, 0)
    assert.is(await one.digest(WATCHED), before, 'check mode changed the host')
    const bare = await fleet.apply()
    done(bare)
    assert.match(bare.err, 'cosigner-1 has no shard of kvstore-1')
    nothing(await fleet.apply())
    const ready = await one.digest(WATCHED)
    assert.is((await fleet.apply('--check', ...keys)).code, 0)
    assert.is(await one.digest(WATCHED), ready, 'check mode placed a key')
  }))

test('a fetched program that is another release than it was called is never put to use', () =>
  withSigners(async ({ cosigners: [one], fleet, keys }) => {
    const old = '#!/bin/sh\necho \'{ "version": "v3.3.1", "commit": "" }\' >&2\n'
    const server = createServer((_, answer) => answer.end(old))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/horcrux`
      const program = { name: 'horcrux', version: 'v3.3.2', url, sha256: createHash('sha256').update(old).digest('hex') }
      const refused = await fleet.apply(...keys, '-l', 'cosigner-1', '-e', JSON.stringify({ horcrux_program: program }))
      assert.is(refused.code, 1)
      assert.match(refused.err, 'it is not release 3.3.2, but says: { "version": "v3.3.1", "commit": "" }')
      assert.is.not((await one.run('ls /usr/local/bin/horcrux /etc/systemd/system/horcrux.service')).rc, 0)
    } finally {
      server.close()
    }
  }))

test('starts with its shard, and puts back what someone changes', () =>
  withSigners(async ({ cosigners: [one, two], fleet, keys }) => {
    done(await fleet.apply(...keys))
    nothing(await fleet.apply(...keys))
    assert.is(await one.read(`stat -c '%a %U %n' ${HOME} ${HOME}/*.json ${HOME}/config.yaml ${HOME}/state`), MODES)
    assert.is(await one.read(`cat ${HOME}/starts`), 'started\n', 'a new cosigner is started once')
    const config = await one.read(`cat ${HOME}/config.yaml`)
    assert.match(config, `- shardID: 2\n    p2pAddr: "tcp://${two.address}:2222"`)
    assert.match(config, /^ {2}threshold: 2$/m)
    await one.read(`sed -i 's/threshold: 2/threshold: 3/' ${HOME}/config.yaml
      sed -i 's/^Nice=.*/Nice=5/' /etc/systemd/system/horcrux.service
      chmod 755 ${HOME}; ln -sf /bin/false /usr/local/bin/horcrux`)
    const mended = await fleet.apply()
    done(mended)
    assert.equal(tasks(mended), [
      'the release in use',
      'its folders, for nobody else',
      'what it knows of the others',
      'the service of the signer',
      'restart the cosigner unless it leads',
    ])
    assert.is(await one.read(`cat ${HOME}/starts`), 'started\n'.repeat(2))
    nothing(await fleet.apply())
    await one.read(`chmod 0644 ${HOME}/kvstore-1_shard.json; chown nobody:nogroup ${HOME}/ecies_keys.json`)
    const opened = await one.digest(WATCHED)
    assert.equal(tasks(await fleet.apply('--check')), ['its keys, for nobody else'])
    assert.is(await one.digest(WATCHED), opened, 'check mode changed the host')
    const closed = await fleet.apply()
    done(closed)
    assert.equal(tasks(closed), ['its keys, for nobody else'])
    assert.is(await one.read(`stat -c '%a %U %n' ${HOME} ${HOME}/*.json ${HOME}/config.yaml ${HOME}/state`), MODES)
    assert.is(await one.read(`cat ${HOME}/starts`), 'started\n'.repeat(2), 'it was restarted, though its keys are the same')
    nothing(await fleet.apply())
    await one.read(`systemctl kill -s KILL horcrux; ${soon(`[ "$(wc -l <${HOME}/starts)" = 3 ] && systemctl is-active horcrux`)}`)
  }))

test('what kept it from starting at boot is mended beside a change, which is put to use all the same', () =>
  withSigners(async ({ cosigners: [one], fleet, keys }) => {
    done(await fleet.apply(...keys))
    await one.read(`systemctl disable horcrux; sed -i 's/threshold: 2/threshold: 3/' ${HOME}/config.yaml`)
    const mended = await fleet.apply()
    done(mended)
    assert.equal(tasks(mended), ['what it knows of the others', 'it comes back at boot', 'restart the cosigner unless it leads'])
    await one.read(soon(`[ "$(wc -l <${HOME}/starts)" = 2 ]`))
    nothing(await fleet.apply())
    await one.read('systemctl disable horcrux')
    assert.equal(tasks(await fleet.apply()), ['it comes back at boot'])
    assert.is(await one.read(`systemctl is-enabled horcrux; cat ${HOME}/starts`), `enabled\n${'started\n'.repeat(2)}`)
  }))

test('the one that leads hands leadership over, and is restarted last', () =>
  withSigners(async ({ cosigners, fleet, keys }) => {
    done(await fleet.apply(...keys))
    done(await fleet.apply('-e', 'horcrux_raft_timeout=1500ms'))
    const [one, two, three] = await Promise.all(
      cosigners.map(async (host) => Number(await host.read('systemctl show -p ExecMainStartTimestampMonotonic --value horcrux'))),
    )
    assert.ok(Number(two) > Number(one) && Number(two) > Number(three), 'cosigner-2, which leads, was not the last')
    assert.is(await cosigners[1].read(`cat ${HOME}/leader`), '1')
  }))

test('nothing is restarted when too few of the others answer', () =>
  withSigners(async ({ cosigners: [one, two, three], fleet, keys }) => {
    done(await fleet.apply(...keys))
    await two.read('systemctl stop horcrux')
    await three.read('systemctl stop horcrux')
    const { code } = await fleet.apply('-e', 'horcrux_raft_timeout=1500ms', '-l', 'cosigner-1')
    assert.is(code, 1)
    assert.is(await one.read(`cat ${HOME}/starts`), 'started\n')
  }))

test('a status does not wait for one that ends again and again', () =>
  withSigners(async ({ cosigners: [one], fleet, keys }) => {
    done(await fleet.apply(...keys))
    const silent = async (): Promise<readonly (string | undefined)[]> => {
      const { results } = await fleet.run(STATUS, '-l', 'cosigner-1')
      return results.flatMap(({ message }) => (message?.includes('does not answer') ? [message] : []))
    }
    const told =
      'the signer does not answer: horcrux.service ended and waits for its next start: activating (auto-restart); what it says: journalctl -u horcrux.service'
    await one.read(`systemctl stop horcrux\n${ENDS_WHEN_ASKED}\nsystemctl start horcrux`)
    assert.equal(await silent(), [told])
    assert.is(await one.read('cat /run/asked'), 'leader\n', 'it was waited for, or told before it was asked')
    await one.read('[ "$(systemctl show -P SubState horcrux)" = auto-restart ] || sleep 2')
    assert.equal(await silent(), [told])
    assert.not.match(await one.read('cat /run/asked'), 'waited')
  }))

test('what cannot be meant is refused, and nothing is changed', () =>
  withSigners(async ({ cosigners: [one], fleet, keys }: SignerFleet) => {
    done(await fleet.apply(...keys))
    const before = await one.digest(WATCHED)
    const rows: readonly (readonly [set: object, says: string])[] = [
      [{ horcrux_program: { version: '3.3.1', file: '/bin/true' } }, 'GHSA-6wxf-7784-62fp'],
      [{ horcrux_consensus_version: '1.0.1' }, 'CometBFT 1.0'],
      [{ horcrux_debug_address: '0.0.0.0:6001' }, '`horcrux_debug_address`'],
      [{ horcrux_debug_address: '[::]:6001' }, '`horcrux_debug_address`'],
      [{ horcrux_grpc_address: '0.0.0.0:5555' }, '`horcrux_grpc_address`'],
      [{ horcrux_grpc_timeout: '1 s' }, 'the timeouts'],
      [
        { horcrux_program: { version: '3.3.2', file: '/bin/true', url: 'https://example.org/x', sha256: 'a'.repeat(64) } },
        '`file` or `url`',
      ],
    ]
    for (const [set, says] of rows) {
      const refused = await fleet.apply('-e', JSON.stringify(set))
      assert.is.not(refused.code, 0)
      assert.match(said(refused), says, `${says} is not in: ${said(refused)}`)
    }
    assert.is(await one.digest(WATCHED), before)
  }))

test.run()

const STATUS = fileURLToPath(new URL('../../../playbooks/status.yml', import.meta.url))

/** A signer that ends as soon as it has been asked something, and answers nothing for half a minute, as the program does for one that is not there. */
const ENDS_WHEN_ASKED = `: >/run/asked; chmod 666 /run/asked; rm /usr/local/bin/horcrux
cat >/usr/local/bin/horcrux <<'END'
#!/bin/sh
case "$*" in
  *start) until [ -s /run/asked ]; do sleep 0.1; done; exit 1 ;;
  *leader) echo leader >>/run/asked; sleep 30; echo waited >>/run/asked; exit 1 ;;
esac
END
chmod 755 /usr/local/bin/horcrux`

const MODES = `700 horcrux ${HOME}
600 horcrux ${HOME}/ecies_keys.json
600 horcrux ${HOME}/kvstore-1_shard.json
600 horcrux ${HOME}/config.yaml
700 horcrux ${HOME}/state
`

function done(ran: FleetRun): void {
  assert.is(ran.code, 0, said(ran))
}

function nothing(ran: FleetRun): void {
  done(ran)
  assert.equal(ran.results, [], 'it changed something')
}

/** The tasks that changed something on the first host, without the name of the role. */
function tasks({ results }: FleetRun): readonly string[] {
  return results.filter(({ host }) => host === 'cosigner-1').map(({ task }) => task.replace('horcrux : ', ''))
}

function said({ results, errors, err }: FleetRun): string {
  return [...results.map(({ message }) => message), ...errors, err].join('\n')
}
