import { execFile, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { equal } from 'uvu/assert'
import { withScratch } from '../support/scratch.ts'
import { addressOf, kvstoreGenesis, leavingNothing, newValidatorKey, simdGenesis } from './genesis.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('genesis')

test('cometbft begins a chain with the validators it was given', () =>
  withScratch(async (home) => {
    const key = newValidatorKey()
    const genesis = kvstoreGenesis({ chainId: 'kv-1', validators: [{ name: 'one', publicKey: key.publicKey, power: 10 }] })
    await lay(home, genesis, key.text)
    const words = [
      'start',
      '--home',
      home,
      '--proxy_app',
      'kvstore',
      '--rpc.laddr',
      `tcp://127.0.0.1:${RPC}`,
      '--p2p.laddr',
      'tcp://127.0.0.1:31711',
    ]
    equal(await validatorsAtThree([program('cometbft').path, ...words], home), [{ address: addressOf(key.publicKey), voting_power: '10' }])
  }))

test('simd begins a chain with the validators it was given, and keeps their powers', () =>
  withScratch(async (home) => {
    const [ours, other] = [newValidatorKey(), newValidatorKey()]
    const genesis = await simdGenesis({
      simd: program('simd').path,
      chainId: 'sim-1',
      validators: [
        { name: 'ours', publicKey: ours.publicKey, power: 90 },
        { name: 'other', publicKey: other.publicKey, power: 10 },
      ],
    })
    equal(JSON.parse(genesis).app_state.gov.params.voting_period, '10s')
    await promisify(execFile)(program('simd').path, ['init', 'x', '--home', home], { env: leavingNothing(home) })
    await lay(home, genesis, ours.text)
    const words = ['start', '--home', home, '--rpc.laddr', `tcp://127.0.0.1:${RPC}`, '--p2p.laddr', 'tcp://127.0.0.1:31711']
    const quiet = ['--grpc.enable=false', '--rpc.pprof_laddr', '', '--minimum-gas-prices', '0stake']
    equal(await validatorsAtThree([program('simd').path, ...words, ...quiet], home), [
      { address: addressOf(ours.publicKey), voting_power: '90' },
      { address: addressOf(other.publicKey), voting_power: '10' },
    ])
  }))

test.run()

const RPC = 31712

async function lay(home: string, genesis: string, key: string): Promise<void> {
  for (const folder of ['config', 'data']) await mkdir(join(home, folder), { recursive: true })
  await writeFile(join(home, 'config/genesis.json'), genesis)
  await writeFile(join(home, 'config/priv_validator_key.json'), key)
  await writeFile(join(home, 'data/priv_validator_state.json'), '{"height":"0","round":0,"step":0}')
}

async function validatorsAtThree([path = '', ...words]: readonly string[], home: string): Promise<unknown> {
  const child = spawn(path, words, { stdio: 'ignore', env: leavingNothing(home) })
  const ended = new Promise((resolve) => void child.on('close', resolve))
  try {
    for (let i = 0; i < 200; i++) {
      const { result } = await asked('validators?height=3')
      if (result) return result.validators.map(({ address, voting_power }) => ({ address, voting_power }))
      await sleep(500)
    }
    return 'no third block in time'
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

interface Answer {
  readonly result?: { readonly validators: readonly { readonly address: string; readonly voting_power: string }[] }
}

async function asked(what: string): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${RPC}/${what}`)
    .then((response) => response.json())
    .catch(() => ({}))
  return answer as Answer
}
