import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Json } from '../../engine/core/json.ts'
import { withScratch } from '../support/scratch.ts'

/** A validator that a chain begins with. */
export interface GenesisValidator {
  readonly name: string
  /** The 32 bytes of its ed25519 key in base64, as `priv_validator_key.json` has it under `pub_key`. */
  readonly publicKey: string
  readonly power: number
}

export interface GenesisRequest {
  readonly chainId: string
  readonly validators: readonly GenesisValidator[]
}

export interface SimdGenesisRequest extends GenesisRequest {
  /** Path of the program. */
  readonly simd: string
  /** How long a vote on a proposal lasts. */
  readonly votingSeconds?: number
}

/** The text of `genesis.json` for `cometbft` with its demo application. */
export function kvstoreGenesis({ chainId, validators }: GenesisRequest): string {
  return written({
    genesis_time: began(),
    chain_id: chainId,
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: '4194304', max_gas: '10000000' },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '0' },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: validators.map(({ name, publicKey, power }) => ({
      address: addressOf(publicKey),
      pub_key: { type: PUBLIC_KEY_TYPE, value: publicKey },
      power: String(power),
      name,
    })),
    app_hash: '',
  })
}

/** The text of `genesis.json` for `simd`: each validator has an account of its own and has staked for its power, and votes are short. */
export async function simdGenesis({ simd, chainId, validators, votingSeconds = 10 }: SimdGenesisRequest): Promise<string> {
  return withScratch(async (home) => {
    const call = async (...words: readonly string[]) => void (await run(simd, [...words, '--home', home], { env: leavingNothing(home) }))
    await call('init', 'genesis', '--chain-id', chainId)
    await mkdir(join(home, 'config/gentx'))
    for (const validator of validators) await addValidator(call, { ...validator, chainId, home })
    await call('genesis', 'collect-gentxs')
    const text = await readFile(join(home, 'config/genesis.json'), 'utf8')
    return written(withShortVotes(JSON.parse(text), votingSeconds))
  })
}

/** The environment for a program of a chain: whatever it leaves in the folder for temporary files, as simd does at each call, goes with `folder`. */
export function leavingNothing(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, TMPDIR: folder }
}

/** A new key of a validator: the text of its `priv_validator_key.json`, and its public half in base64. */
export function newValidatorKey(): { readonly text: string; readonly publicKey: string } {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const publicKey = Buffer.from(x, 'base64url')
  const value = Buffer.concat([Buffer.from(d, 'base64url'), publicKey]).toString('base64')
  const inBase64 = publicKey.toString('base64')
  const text = written({
    address: addressOf(inBase64),
    pub_key: { type: PUBLIC_KEY_TYPE, value: inBase64 },
    priv_key: { type: 'tendermint/PrivKeyEd25519', value },
  })
  return { text, publicKey: inBase64 }
}

/** The address by which a chain knows the validator with this public key. */
export function addressOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 40).toUpperCase()
}

const PUBLIC_KEY_TYPE = 'tendermint/PubKeyEd25519'
/** What one unit of power costs in the smallest coin. */
const COINS_PER_POWER = 1_000_000n
const KEYRING = ['--keyring-backend', 'test']

type Call = (...words: readonly string[]) => Promise<void>
type Added = GenesisValidator & { readonly chainId: string; readonly home: string }

async function addValidator(call: Call, { name, publicKey, power, chainId, home }: Added): Promise<void> {
  const stake = BigInt(power) * COINS_PER_POWER
  const key = JSON.stringify({ '@type': '/cosmos.crypto.ed25519.PubKey', key: publicKey })
  await call('keys', 'add', name, ...KEYRING)
  await call('genesis', 'add-genesis-account', name, `${stake + 1_000_000_000n}stake`, ...KEYRING)
  const gentx = [
    '--moniker',
    name,
    '--pubkey',
    key,
    '--chain-id',
    chainId,
    '--output-document',
    join(home, `config/gentx/gentx-${name}.json`),
  ]
  await call('genesis', 'gentx', name, `${stake}stake`, ...KEYRING, ...gentx)
}

type Genesis = { app_state: { gov: { params: Record<string, Json> } } } & { [key: string]: Json }

function withShortVotes(genesis: Genesis, seconds: number): Genesis {
  const params = {
    ...genesis.app_state.gov.params,
    voting_period: `${seconds}s`,
    max_deposit_period: `${seconds}s`,
    // Must be shorter than the other.
    expedited_voting_period: `${seconds / 2}s`,
    min_deposit: [{ denom: 'stake', amount: '1000' }],
    expedited_min_deposit: [{ denom: 'stake', amount: '2000' }],
  }
  return { ...genesis, genesis_time: began(), app_state: { ...genesis.app_state, gov: { ...genesis.app_state.gov, params } } }
}

/** A moment ago, so that a host whose clock is behind does not wait for the beginning. */
function began(): string {
  return new Date(Date.now() - 60_000).toISOString()
}

function written(document: Json): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

const run = promisify(execFile)
