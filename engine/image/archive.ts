import { createHash } from 'node:crypto'
import { type TarEntry, tarPieces } from './tar.ts'

export interface ImageRequest {
  /** Without a tag: `localhost/simd`. */
  readonly name: string
  readonly tag: string
  /** What the program is called inside, below /usr/local/bin. */
  readonly command: string
  readonly architecture: string
  readonly program: Uint8Array
  /** Certificates of authorities in PEM, if the program speaks TLS with the outside. */
  readonly certificates?: Uint8Array
}

export interface Image {
  /** What names exactly this image: `localhost/simd@sha256:…`. */
  readonly reference: string
  /** The archive as OCI lays it out, which `podman load` takes. */
  readonly archive: readonly Uint8Array[]
}

/** An image of one static program and nothing else. The same request gives the same bytes, on every machine and every day. */
export function imageOf(request: ImageRequest): Image {
  const layer = blobOf(LAYER, tarPieces(rootOf(request)))
  const config = blobOf(CONFIG, json(configOf(request, layer)))
  const manifest = blobOf(MANIFEST, json({ schemaVersion: 2, mediaType: MANIFEST, config: described(config), layers: [described(layer)] }))
  const name = { 'org.opencontainers.image.ref.name': `${request.name}:${request.tag}` }
  const index = { schemaVersion: 2, manifests: [{ ...described(manifest), annotations: name }] }
  const entries = [
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    ...['blobs/', 'blobs/sha256/'].map((path) => ({ path, mode: 0o755 })),
    ...[layer, config, manifest].map(({ sha256, pieces }) => file(`blobs/sha256/${sha256}`, pieces)),
  ]
  return { reference: `${request.name}@sha256:${manifest.sha256}`, archive: tarPieces(entries) }
}

const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

interface Blob {
  readonly mediaType: string
  readonly sha256: string
  readonly size: number
  readonly pieces: readonly Uint8Array[]
}

function rootOf({ command, program, certificates }: ImageRequest): readonly TarEntry[] {
  const folders = ['etc/', 'tmp/', 'usr/', 'usr/local/', 'usr/local/bin/']
  return [
    ...folders.map((path) => ({ path, mode: path === 'tmp/' ? 0o1777 : 0o755 })),
    { path: `usr/local/bin/${command}`, mode: 0o755, content: [program] },
    ...(certificates === undefined ? [] : certificateEntries(certificates)),
  ]
}

function certificateEntries(bytes: Uint8Array): readonly TarEntry[] {
  return [
    ...['etc/ssl/', 'etc/ssl/certs/'].map((path) => ({ path, mode: 0o755 })),
    { path: 'etc/ssl/certs/ca-certificates.crt', mode: 0o644, content: [bytes] },
  ]
}

/** No time of making: the beginning of 1970 stands for it, as reproducible builds do. */
function configOf({ command, architecture }: ImageRequest, layer: Blob): object {
  return {
    created: '1970-01-01T00:00:00Z',
    architecture,
    os: 'linux',
    config: { Env: ['PATH=/usr/local/bin'], Entrypoint: [`/usr/local/bin/${command}`] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer.sha256}`] },
  }
}

function described({ mediaType, sha256, size }: Blob): object {
  return { mediaType, digest: `sha256:${sha256}`, size }
}

function blobOf(mediaType: string, pieces: readonly Uint8Array[]): Blob {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return { mediaType, sha256: hash.digest('hex'), size: pieces.reduce((sum, { length }) => sum + length, 0), pieces }
}

function file(path: string, content: readonly Uint8Array[]): TarEntry {
  return { path, mode: 0o644, content }
}

function json(value: object): readonly Uint8Array[] {
  return [Buffer.from(JSON.stringify(value))]
}
