/** The processor a program is made for, as images name it, or why the program cannot stand alone in an image. */
export type Judgement = { readonly architecture: string } | { readonly problem: string; readonly help: string }

/** Judges a program by its ELF headers: an image holds nothing else, so it must bring all it needs. */
export function judgeProgram(bytes: Uint8Array): Judgement {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== MAGIC || bytes[4] !== CLASS_64 || bytes[5] !== LITTLE_ENDIAN) {
    return { problem: 'it is no Linux program of 64 bits', help: 'name the program itself, not an archive or a script' }
  }
  const architecture = ARCHITECTURES.get(view.getUint16(18, true))
  if (architecture === undefined)
    return { problem: 'it is for a processor that is not known here', help: 'take a build for amd64 or arm64' }
  if (!asksForLoader(view)) return { architecture }
  return {
    problem: 'it is linked dynamically, and an image of it alone holds no libraries',
    help: 'link it statically: `CGO_ENABLED=0` for Go',
  }
}

const MAGIC = 0x7f454c46
const CLASS_64 = 2
const LITTLE_ENDIAN = 1
const HEADER_BYTES = 64
const ARCHITECTURES = new Map([
  [0x3e, 'amd64'],
  [0xb7, 'arm64'],
])
/** The segment that names the loader of shared libraries. */
const INTERPRETER = 3

function asksForLoader(view: DataView): boolean {
  const [table, size, count] = [Number(view.getBigUint64(32, true)), view.getUint16(54, true), view.getUint16(56, true)]
  return Array.from({ length: count }, (_, i) => table + i * size).some(
    (at) => at + 4 <= view.byteLength && view.getUint32(at, true) === INTERPRETER,
  )
}
