import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeId } from '../../engine/core/node_key.ts'
import type { GenesisValidator } from './genesis.ts'
import { inside, ran } from './inside.ts'
import type { Program } from './programs.ts'

/** A validator of somebody else, on a host of the lab that no inventory knows: the rest of the network. */
export interface Outsider {
  readonly host: string
  readonly validator: GenesisValidator
  /** By which its peers know it. */
  readonly id: string
  /** Its home, packed. */
  readonly home: Buffer
}

interface OutsiderRequest {
  readonly program: Program
  readonly chainId: string
  readonly power: number
}

/** Makes the keys and the home of a node of simd that signs by itself. */
export async function makeOutsider(host: string, { program, chainId, power }: OutsiderRequest): Promise<Outsider> {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-outsider-'))
  try {
    await ran('env', [`TMPDIR=${home}`, program.path, 'init', host, '--chain-id', chainId, '--home', home])
    const key = JSON.parse(await readFile(join(home, 'config/priv_validator_key.json'), 'utf8')) as { pub_key: { value: string } }
    const file = join(home, 'config/config.toml')
    const text = await readFile(file, 'utf8')
    await writeFile(
      file,
      text
        .replace(/^timeout_commit = .*/m, 'timeout_commit = "1s"')
        .replace(/^addr_book_strict = .*/m, 'addr_book_strict = false')
        .replace(/^pprof_laddr = .*/m, 'pprof_laddr = ""'),
    )
    const packed = await ran('sh', ['-c', `tar -C '${home}' -cf - . | base64 -w 0`])
    const id = nodeId(await readFile(join(home, 'config/node_key.json'), 'utf8')) ?? ''
    return { host, id, validator: { name: host, publicKey: key.pub_key.value, power }, home: Buffer.from(packed, 'base64') }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

interface Joining {
  readonly lab: string
  readonly program: Program
  readonly genesis: string
  /** `id@host:port` of the nodes it knows. */
  readonly peers: readonly string[]
}

/** Starts the node on its host, as a unit that ends with the host. */
export async function joinNetwork({ host, home }: Outsider, { lab, program, genesis, peers }: Joining): Promise<void> {
  const on = (command: string, input: Uint8Array | string = '') => inside(lab, host, command, input)
  await on('cat >/usr/local/bin/simd && chmod 755 /usr/local/bin/simd', await readFile(program.path))
  await on('mkdir -p /var/lib/outsider && tar -C /var/lib/outsider -xf -', home)
  await on('cat >/var/lib/outsider/config/genesis.json', genesis)
  await on(`sed -i 's|^persistent_peers = .*|persistent_peers = "${peers.join(',')}"|' /var/lib/outsider/config/config.toml`)
  await on(
    'systemd-run --quiet --unit=outsider --property=Restart=always --setenv=HOME=/var/lib/outsider simd start --home /var/lib/outsider --minimum-gas-prices 0stake',
  )
}
