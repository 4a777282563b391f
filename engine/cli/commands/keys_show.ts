import { loadNamedKeys } from '../../ceremony/custodian.ts'
import { filledShelf, type Held, sealedFor } from '../../ceremony/shelf.ts'
import { type SignerAddress, signerAddress } from '../../ceremony/signer_address.ts'
import type { Recipient } from '../../secrets/recipient.ts'
import { type CeremonyFleet, closedFleet, cosignersIn } from '../ceremony_fleet.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { showCommand } from '../declarations/keys.ts'
import { type ExitCode, exit } from '../exit.ts'

/** Shows what is public of a validator's key: its addresses, its shards and who can open each. */
export async function show({ flags }: Request<typeof showCommand>, context: Context): Promise<ExitCode> {
  const place = await closedFleet(flags, context)
  const held = filledShelf(cosignersIn(place), place.folder)
  const known = [...(await loadNamedKeys(place.root)).values()].flat()
  const rows = await Promise.all(held.map((one) => rowOf(one, known)))
  const prefix = place.fleet.profile.data['bech32_prefix']
  const address = signerAddress(held[0].file.publicKey, typeof prefix === 'string' ? prefix : undefined)
  if (flags.json) context.screen.json({ chain_id: place.chainId, generation: held[0].file.generation.id, address, shards: rows })
  else context.screen.data(pageOf({ place, first: held[0], address, rows }))
  return exit.clean
}

interface Row {
  readonly shard: number
  readonly host: string
  readonly generation: string
  readonly sealed_to: readonly { readonly name: string; readonly key: string }[]
}

async function rowOf({ member, file }: Held, known: readonly Recipient[]): Promise<Row> {
  const people = await sealedFor(file.shard, known)
  return {
    shard: file.generation.shard_id,
    host: member.name,
    generation: file.generation.id,
    sealed_to: people.map((one) =>
      typeof one === 'string'
        ? { name: 'a key that is not in the project', key: one.toUpperCase() }
        : { name: one.userId, key: one.fingerprint },
    ),
  }
}

interface Page {
  readonly place: CeremonyFleet
  readonly first: Held
  readonly address: SignerAddress
  readonly rows: readonly Row[]
}

function pageOf({ place, first, address, rows }: Page): string {
  const { id, shards, threshold } = first.file.generation
  const widest = Math.max(...rows.map(({ host }) => host.length))
  return [
    `${place.fleet.name} · ${place.chainId} · ${threshold} of ${shards} sign · generation ${id}`,
    '',
    ...Object.entries(address).map(([form, value]) => `  ${form.padEnd(18)} ${value}`),
    '',
    ...rows.flatMap(({ shard, host, sealed_to }) =>
      sealed_to.map(
        ({ name, key }, i) =>
          `  ${i === 0 ? `shard ${shard}` : ''.padEnd(7)}  ${(i === 0 ? host : '').padEnd(widest)}  ${name}  ${key.slice(-16)}`,
      ),
    ),
  ].join('\n')
}
