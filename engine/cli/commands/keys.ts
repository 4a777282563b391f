import { resolve } from 'node:path'
import { reject } from '../../core/diagnostic.ts'
import { Secret } from '../../core/secret.ts'
import { quote } from '../../core/script.ts'
import { type ConsensusKey, hexAddress, newConsensusKey, readConsensusKey } from '../../ceremony/consensus_key.ts'
import { readSignState } from '../../ceremony/sign_state.ts'
import { open } from '../../secrets/open.ts'
import { isSealed } from '../../source/sealed.ts'
import { closedFleet } from '../ceremony_fleet.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { createCommand, importCommand } from '../declarations/keys.ts'
import type { ExitCode } from '../exit.ts'
import { ceremony } from '../hold_ceremony.ts'
import { openKeyring } from '../keyring.ts'
import { readGivenFile, readGivenStdin } from '../read_given.ts'

/** Makes the key of a validator, which exists as a whole only in memory and only now. */
export async function create({ flags }: Request<typeof createCommand>, context: Context): Promise<ExitCode> {
  const place = await closedFleet(flags, context)
  return await ceremony({ flags, place, key: async () => newConsensusKey() }, context)
}

/** Splits the key that a validator has been signing with. */
export async function importKey({ flags, operands }: Request<typeof importCommand>, context: Context): Promise<ExitCode> {
  const [name = ''] = operands
  if (flags.replace === undefined || flags.state !== undefined) requireStateDecided(flags)
  const place = await closedFleet(flags, context)
  const state =
    flags.state === undefined ? undefined : readSignState((await readGivenFile(resolve(context.cwd, flags.state))).text, flags.state)
  const key = async () => {
    const taken = await takeKey(name, { keyFile: flags.key, root: place.root, context })
    // Cosigners that have held this very key remember what they signed with it.
    if (hexAddress(taken.publicKey) !== flags.replace?.toUpperCase()) requireStateDecided(flags)
    return taken
  }
  const signed = state
    ? `height ${state.height}, round ${state.round}, step ${state.step}: no cosigner begins below`
    : 'not told: cosigners begin with what they find on their hosts'
  return await ceremony({ flags, place, key, signed, ...(state && { state }) }, context)
}

/** Whoever forgets the state of a signer should not find out from the chain. */
function requireStateDecided(flags: Request<typeof importCommand>['flags']): void {
  if ((flags.state !== undefined) !== flags['without-state']) return
  reject({
    code: 'keys-state',
    message: flags['without-state'] ? '`--state` and `--without-state` exclude each other' : 'it is not said how far this key has signed',
    detail: 'cosigners that begin without it may sign a height a second time, and the stake is slashed',
    help: 'add `--state FILE` with `data/priv_validator_state.json` of the old signer, taken after it was stopped; `--without-state` if the key never signed, or if every cosigner still has its own state',
  })
}

interface Taking {
  readonly keyFile: string | undefined
  readonly root: string
  readonly context: Context
}

async function takeKey(name: string, { keyFile, root, context }: Taking): Promise<ConsensusKey> {
  const text = name === '-' ? await fromStdin(context) : await fromFile(resolve(context.cwd, name))
  const origin = { file: name, line: 1, column: 1 }
  const opened = isSealed(text) ? (await open({ armored: text, name, origin }, openKeyring(context, { root, keyFile }))).reveal() : text
  const key = readConsensusKey(opened)
  if (!('wrong' in key)) return key
  return reject({
    code: 'keys-import',
    message: `\`${name}\` cannot be split: ${key.wrong}`,
    help: 'take `config/priv_validator_key.json` of the validator',
  })
}

async function fromFile(path: string): Promise<string> {
  const { text, exposed } = await readGivenFile(path)
  if (exposed && !isSealed(text)) {
    reject({
      code: 'private-key-exposed',
      message: `\`${path}\` can be read by others on this machine`,
      help: `run \`chmod 600 ${quote(path)}\``,
    })
  }
  return text
}

async function fromStdin(context: Context): Promise<string> {
  return new Secret('consensus key', await readGivenStdin(context)).reveal()
}
