import type { DocumentSchema } from '../source/validate.ts'

const TEXT = { type: 'string', minLength: 1 } as const
const NUMBER = { type: 'number', minimum: 0 } as const
const SHA256 = { title: 'a SHA-256 sum', type: 'string', pattern: '^[0-9a-f]{64}$' } as const
const HTTPS = { title: 'an https address', type: 'string', pattern: '^https://[^\\s]+$' } as const
const PORT = { title: 'a port', type: 'integer', minimum: 1, maximum: 65535 } as const

function record(properties: { readonly [key: string]: unknown }, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, properties, ...(required.length > 0 && { required }) }
}

/** What is fetched has a sum; there is no way to leave it out. */
const FETCHED = {
  title: 'a file to fetch',
  ...record(
    {
      url: HTTPS,
      sha256: SHA256,
      signature_url: { description: 'Where its detached OpenPGP signature is.', ...HTTPS },
      signing_key: { description: 'The public key that signed it: a file of the project, or its text.', ...TEXT },
    },
    ['url', 'sha256'],
  ),
  dependentRequired: { signature_url: ['signing_key'], signing_key: ['signature_url'] },
}

const RELEASE = {
  title: 'a release',
  description: 'A release of the program: fetched by platform, or built with the Go toolchain.',
  ...record(
    {
      name: TEXT,
      binaries: { type: 'object', minProperties: 1, propertyNames: { pattern: '^linux/(amd64|arm64)$' }, additionalProperties: FETCHED },
      go: {
        description: 'How it is built: a package and its version, as `go install` names them.',
        ...record({ package: TEXT, version: TEXT, wrapped: { type: 'boolean' } }, ['package', 'version']),
      },
      upgrade_name: { description: 'The name of the on-chain plan that leads to this release.', ...TEXT },
    },
    ['name'],
  ),
  anyOf: [{ required: ['binaries'] }, { required: ['go'] }],
}

const OURS = {
  title: '`holdfast`',
  description: 'What the chain registry does not say.',
  ...record(
    {
      engine: {
        description: 'What runs: the demo application of CometBFT, or an application of the Cosmos SDK.',
        enum: ['cometbft-kvstore', 'cosmos-sdk'],
      },
      app_name: { description: 'The name of the application, as version and environment variables use it.', ...TEXT },
      wasm: { description: 'Whether it compiles contracts, and so needs memory that is written and executed.', type: 'boolean' },
      settings: {
        description: 'Keys of `config.toml` and `app.toml` that all nodes of the chain want otherwise than the program writes them.',
        ...record({ config: { type: 'object' }, app: { type: 'object' } }),
      },
      releases: { description: 'Releases that may be installed, oldest first.', type: 'array', items: RELEASE },
      genesis: FETCHED,
      ports: {
        description: 'Ports that are not the usual ones.',
        ...record({ p2p: PORT, rpc: PORT, prometheus: PORT, api: PORT, grpc: PORT, privval: PORT, cosigner: PORT, cosigner_metrics: PORT }),
      },
      block_time_seconds: { type: 'number', exclusiveMinimum: 0 },
      minimum_gas_price: {
        description: 'An amount and its denomination: `0.0025uosmo`.',
        type: 'string',
        pattern: '^[0-9]+(\\.[0-9]+)?[a-zA-Z][a-zA-Z0-9/:._-]*$',
      },
      cosmovisor: { description: 'Whether the program is run, and exchanged at upgrades, by Cosmovisor.', type: 'boolean' },
    },
    ['engine', 'releases', 'cosmovisor'],
  ),
}

/** It stands in lists that commas separate. */
const PEER_ADDRESS = {
  title: 'the address of a peer',
  type: 'string',
  pattern: '^([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5}$',
} as const
const PEER = {
  title: 'a peer',
  ...record({ id: { type: 'string', pattern: '^[0-9a-f]{40}$' }, address: PEER_ADDRESS, provider: TEXT }, ['id', 'address']),
}
const PEERS = record({ seeds: { type: 'array', items: PEER }, persistent_peers: { type: 'array', items: PEER } })
const GAS = { type: 'object', properties: { cosmos_send: NUMBER, ibc_transfer: NUMBER } }
const FEE_TOKEN = record(
  { denom: TEXT, fixed_min_gas_price: NUMBER, low_gas_price: NUMBER, average_gas_price: NUMBER, high_gas_price: NUMBER, gas_costs: GAS },
  ['denom'],
)

/** A chain profile: the fields of the chain registry's `chain.json`, and one key of ours. What nothing here reads is let through. */
export const CHAIN_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'a chain profile',
  description: 'A chain in the form of chain.json of the Cosmos chain registry, with one key of our own.',
  type: 'object',
  required: ['chain_name', 'chain_type', 'chain_id', 'daemon_name', 'holdfast'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    chain_name: { type: 'string', pattern: '^[a-z0-9]+$' },
    chain_type: { const: 'cosmos' },
    chain_id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$' },
    pretty_name: TEXT,
    website: TEXT,
    description: TEXT,
    status: { enum: ['live', 'upcoming', 'killed'] },
    network_type: { enum: ['mainnet', 'testnet', 'devnet'] },
    bech32_prefix: TEXT,
    daemon_name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$' },
    node_home: TEXT,
    key_algos: { type: 'array', items: TEXT },
    slip44: NUMBER,
    fees: record({ fee_tokens: { type: 'array', items: FEE_TOKEN } }, ['fee_tokens']),
    staking: { type: 'object' },
    codebase: { type: 'object' },
    peers: PEERS,
    apis: { type: 'object' },
    explorers: { type: 'array' },
    images: { type: 'array' },
    logo_URIs: { type: 'object' },
    keywords: { type: 'array', items: TEXT },
    update_link: TEXT,
    alternative_slip44s: { type: 'array', items: NUMBER },
    bech32_config: { type: 'object' },
    extra_codecs: { type: 'array' },
    pre_fork_chain_name: TEXT,
    holdfast: OURS,
  },
} as const satisfies DocumentSchema
