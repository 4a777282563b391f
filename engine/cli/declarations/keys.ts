import { declareCommand, declareFlags } from '../declare.ts'
import { inventoryFlags, tellingFlags } from '../flags.ts'

const fleetFlags = declareFlags({
  inventory: inventoryFlags.inventory,
  chain: { kind: 'value', value: 'NAME', summary: 'the fleet of this chain; needed where the inventory has several' },
  plain: tellingFlags.plain,
})

const ceremonyFlags = declareFlags({
  horcrux: {
    kind: 'value',
    value: 'PATH',
    summary: 'the program Horcrux, 3.3.2 or later; left out, that of `horcrux_program`, or of PATH',
  },
  'keep-sealed-for': { kind: 'values', value: 'NAME', summary: 'keep the whole key, sealed to this person, for an offline backup' },
  'keep-none': { kind: 'switch', summary: 'keep nothing but the shards: as many as sign must survive, or the validator is lost' },
  replace: {
    kind: 'value',
    value: 'ADDRESS',
    summary: 'replace the shards of the key with this address, which will never sign with new ones',
  },
  'accept-swap': { kind: 'switch', summary: 'go on where memory may be written to a disk' },
  yes: { kind: 'switch', short: 'y', summary: 'ask nothing' },
})

export const createCommand = declareCommand({
  name: 'keys create',
  summary: 'make the key of a validator and give each cosigner its sealed shard',
  details: [
    'The shards are made by Horcrux and sealed to the people that `signer_recipients` of each cosigner names: host_vars/NAME/signer.yml.',
    'The whole key is in memory only, and wiped at the end. Whether a sealed copy of it is kept must be decided.',
  ],
  operands: [],
  flags: { ...fleetFlags, ...ceremonyFlags },
  examples: [
    { line: 'holdfast keys create -i inventories/mainnet --keep-sealed-for ana --keep-sealed-for ben', does: 'with a copy for the safe' },
    { line: 'holdfast keys create -i inventories/lab --keep-none --yes', does: 'for a fleet that may be lost' },
  ],
})

export const importCommand = declareCommand({
  name: 'keys import',
  summary: 'split the key that a validator already has',
  details: [
    'A file that is sealed, such as a copy that `keys create` kept, is opened in memory. `-` reads the key from stdin.',
    'How far the key has signed must be said: cosigners that begin without it may sign a height twice. Only where `--replace` names this very key the cosigners are taken to have it.',
  ],
  operands: [{ name: 'FILE', summary: 'a `priv_validator_key.json`' }],
  flags: {
    ...fleetFlags,
    ...ceremonyFlags,
    state: { kind: 'value', value: 'FILE', summary: '`priv_validator_state.json` of the old signer, taken after it was stopped' },
    'without-state': { kind: 'switch', summary: 'the key never signed, or every cosigner still has its own state: tell them nothing' },
    key: { kind: 'value', value: 'PATH', summary: 'file with your OpenPGP private key, if FILE is sealed' },
  },
  examples: [
    {
      line: 'holdfast keys import /dev/shm/priv_validator_key.json --state priv_validator_state.json --keep-sealed-for ana',
      does: 'a validator that signed alone becomes a fleet',
    },
  ],
})

export const nodeCommand = declareCommand({
  name: 'keys node',
  summary: 'make the node key of every public node and sentry that has none',
  details: ['Each is sealed to the keys in secrets/recipients/: host_vars/NAME/node.yml. Ids that are known already are never changed.'],
  operands: [],
  flags: fleetFlags,
  examples: [{ line: 'holdfast keys node -i inventories/mainnet', does: 'node ids, from which the peers follow' }],
})

const custodyFlags = declareFlags({
  key: { kind: 'value', value: 'PATH', summary: 'file with your OpenPGP private key' },
})

export const showCommand = declareCommand({
  name: 'keys show',
  summary: 'show the addresses of a validator, and which host holds which shard for whom',
  details: ['Needs no private key.'],
  operands: [],
  flags: { ...fleetFlags, json: tellingFlags.json },
  examples: [{ line: 'holdfast keys show -i inventories/mainnet', does: 'hex, bech32, public key, custodians' }],
})

export const verifyCommand = declareCommand({
  name: 'keys verify',
  summary: 'check that the shards belong together and are sealed to the right people',
  details: ['Opens what you can open; of the rest it compares what stands beside it.'],
  operands: [],
  flags: { ...fleetFlags, ...custodyFlags },
  examples: [{ line: 'holdfast keys verify -i inventories/mainnet', does: 'a line for each cosigner' }],
})

export const resealCommand = declareCommand({
  name: 'keys reseal',
  summary: 'seal shards to the present custodians of their hosts',
  details: [
    'Opens the shards whose `signer_recipients` have changed, so it is for a custodian who has them; `--limit` for those of some hosts.',
  ],
  operands: [],
  flags: { ...fleetFlags, limit: inventoryFlags.limit, ...custodyFlags },
  examples: [{ line: 'holdfast keys reseal -i inventories/mainnet -l cosigner-3', does: 'after a custodian has come or gone' }],
})

export const backupCommand = declareCommand({
  name: 'keys backup',
  summary: 'copy the sealed shards of a fleet into a folder, with their digests',
  operands: [],
  flags: { ...fleetFlags, to: { kind: 'value', value: 'FOLDER', summary: 'a folder that does not exist yet' } },
  examples: [{ line: 'holdfast keys backup -i inventories/mainnet --to /media/safe/shards-2026', does: 'nothing in it is in the clear' }],
})

export const restoreCommand = declareCommand({
  name: 'keys restore',
  summary: 'bring back sealed shards that an inventory has lost',
  details: ['Only shards of the making that the other cosigners hold. What a host has signed is never restored: it stays on the hosts.'],
  operands: [],
  flags: { ...fleetFlags, from: { kind: 'value', value: 'FOLDER', summary: 'what `keys backup` wrote' } },
  examples: [
    { line: 'holdfast keys restore -i inventories/mainnet --from /media/safe/shards-2026', does: 'checked before anything is written' },
  ],
})
