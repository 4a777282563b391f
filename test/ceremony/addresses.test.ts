import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newConsensusKey, readConsensusKey } from '../../engine/ceremony/consensus_key.ts'
import { signerAddress } from '../../engine/ceremony/signer_address.ts'

const test = suite('a validator and its addresses')

// A key that was made for this test by `cometbft init`, and what `horcrux address c-1 cosmos` said of its shards.
const FILE = {
  address: 'F1B10EF2AD9594A2CD6E9672022EE731E848EC5F',
  pub_key: { type: 'tendermint/PubKeyEd25519', value: 'DUmd/QNpB2G97djPe4/SNnFOBqIOLFE7Q2qxTO8+uNs=' },
  priv_key: {
    type: 'tendermint/PrivKeyEd25519',
    value: 'jOT/y/xyTmT+xYNuGyHLG79Ue3i9DJiA1bOLxG3n9RgNSZ39A2kHYb3t2M97j9I2cU4Gog4sUTtDarFM7z642w==',
  },
}

test('a key has the addresses that Horcrux gives it', () => {
  assert.equal(signerAddress(FILE.pub_key.value, 'cosmos'), {
    HexAddress: FILE.address,
    PubKey: '{"@type":"/cosmos.crypto.ed25519.PubKey","key":"DUmd/QNpB2G97djPe4/SNnFOBqIOLFE7Q2qxTO8+uNs="}',
    ValConsAddress: 'cosmosvalcons17xcsau4djk229ntwjeeqyth8x85y3mzlhtfnxn',
    ValConsPubAddress: 'cosmosvalconspub1zcjduepqp4yemlgrdyrkr00dmr8hhr7jxec5up4zpck9zw6rd2c5eme7hrdsq4zdfd',
  })
})

test('a chain without a prefix has only the forms that need none', () => {
  assert.equal(Object.keys(signerAddress(FILE.pub_key.value, undefined)), ['HexAddress', 'PubKey'])
})

test('a key of CometBFT is read, and made in its form', () => {
  const read = readConsensusKey(JSON.stringify(FILE))
  assert.ok('seed' in read && read.publicKey === FILE.pub_key.value)
  const seed = Buffer.from(FILE.priv_key.value, 'base64').subarray(0, 32)
  assert.equal(JSON.parse(newConsensusKey(seed).text.reveal()), FILE)
  assert.is.not(newConsensusKey().publicKey, newConsensusKey().publicKey)
})

test('what else stands in the file of a key goes no further', () => {
  const read = readConsensusKey(JSON.stringify({ ...FILE, Priv_Key: { type: 'x', value: 'AA==' }, note: '\u0000' }))
  assert.ok('seed' in read)
  assert.equal(JSON.parse(read.text.reveal()), FILE)
})

const WRONG: { readonly [what: string]: unknown } = {
  'no JSON': 'seed words',
  'a node key': { priv_key: FILE.priv_key },
  'a key of another kind': { ...FILE, priv_key: { ...FILE.priv_key, type: 'tendermint/PrivKeySecp256k1' } },
  'a short key': { ...FILE, priv_key: { ...FILE.priv_key, value: FILE.priv_key.value.slice(0, 44) } },
  'a key whose base64 lacks its end': { ...FILE, priv_key: { ...FILE.priv_key, value: FILE.priv_key.value.slice(0, -2) } },
  'a key in base64 for URLs': { ...FILE, priv_key: { ...FILE.priv_key, value: FILE.priv_key.value.replace('/', '_') } },
  'another public key': { ...FILE, pub_key: { ...FILE.pub_key, value: newConsensusKey().publicKey } },
  'another address': { ...FILE, address: 'F1B10EF2AD9594A2CD6E9672022EE731E848EC5E' },
  'halves of two keys': {
    ...FILE,
    priv_key: {
      ...FILE.priv_key,
      value: Buffer.concat([Buffer.alloc(32, 7), Buffer.from(FILE.pub_key.value, 'base64')]).toString('base64'),
    },
  },
}

for (const [what, content] of Object.entries(WRONG)) {
  test(`${what} is refused`, () => {
    assert.ok('wrong' in readConsensusKey(typeof content === 'string' ? content : JSON.stringify(content)))
  })
}

test.run()
