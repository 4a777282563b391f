import { is, match } from 'uvu/assert'
import type { Member } from '../../engine/fleet/model.ts'
import { lookAtPort, readPort } from '../../engine/guard/signer_look.ts'
import { standingsOf } from '../../engine/guard/standing.ts'
import type { TestHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { said, succeeds, withCosigners } from './real_cosigners.ts'
import { chainSuite } from './suite.ts'

const test = chainSuite('a network of real signers that is split')

limit(1200)

test('a split of their network is seen in the connections of the real signer, and so is its end', () =>
  withCosigners(async ({ cosigners, fleet, keys }) => {
    succeeds(await fleet.apply(...keys))
    await stand(cosigners, 'UUUUU', 180)
    const [one, two, ...others] = cosigners as [TestHost, TestHost, ...TestHost[]]
    const cut = `nft -f - <<'RULES'
table inet split { chain in { type filter hook input priority -300; ip saddr { ${others.map(({ address }) => address).join(', ')} } tcp dport != 22 drop; }; }
RULES`
    for (const host of [one, two]) await host.read(cut)
    await stand(cosigners, 'ddUUU', 180)
    const refused = await fleet.apply('-e', 'horcrux_raft_timeout=1300ms', '-l', 'cosigner-5')
    is(refused.code, 1)
    match(said(refused), 'may not be disturbed')
    for (const host of [one, two]) await host.read('nft delete table inet split')
    await stand(cosigners, 'UUUUU', 300)
    succeeds(await fleet.apply('-e', 'horcrux_raft_timeout=1300ms', '-l', 'cosigner-5'))
  }))

test.run()

/** Waits until the guard of the quorum sees each of them so: up or down. */
async function stand(cosigners: readonly TestHost[], wanted: string, seconds: number): Promise<void> {
  const members = cosigners.map(({ address }, i) => memberAt(`cosigner-${i + 1}`, address))
  const began = Date.now()
  for (;;) {
    const told = await Promise.all(cosigners.map((host) => host.run(lookAtPort(PORT).text)))
    const looks = new Map(told.map((answer, i) => [`cosigner-${i + 1}`, readPort(answer, PORT)]))
    const standings = [...standingsOf({ looks, cosigners: members, port: PORT }).values()]
    const seen = standings.map(({ state }) => (state === 'up' ? 'U' : 'd')).join('')
    if (seen === wanted) return
    if (Date.now() - began > seconds * 1000) throw new Error(`after ${seconds} s ${seen}: ${JSON.stringify([...looks], undefined, 1)}`)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}

const PORT = 2222

function memberAt(name: string, address: string): Member {
  const origin = { file: 'hosts.yml', line: 1, column: 1 }
  return { name, origin, tier: 'cosigner', chain: { value: 'kvstore', origin }, privateAddress: { value: address, origin } }
}
