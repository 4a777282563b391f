/**
 * A static Linux program of 150 bytes for amd64, to be put into images: called alone it waits for ever, called with n words it
 * ends with status n - 1.
 */
export function tinyProgram(): Buffer {
  return Buffer.concat([elfHeader(), segment(), Buffer.from(CODE)])
}

const BASE = 0x400000
const HEADERS = 64 + 56

const CODE = [
  ...[0x48, 0x8b, 0x3c, 0x24], // mov rdi, [rsp]: how many words, its own name among them
  ...[0x48, 0x83, 0xff, 0x01], // cmp rdi, 1
  ...[0x75, 0x09], // jne ends
  ...[0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7], // waits: pause(), for ever
  ...[0x48, 0x83, 0xef, 0x02], // ends: sub rdi, 2
  ...[0xb8, 60, 0, 0, 0, 0x0f, 0x05], // exit(rdi)
]

function elfHeader(): Buffer {
  const header = Buffer.alloc(64)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(2, 16)
  header.writeUInt16LE(0x3e, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(BigInt(BASE + HEADERS), 24)
  header.writeBigUInt64LE(64n, 32)
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  return header
}

/** One segment, readable and executable: the whole file. */
function segment(): Buffer {
  const entry = Buffer.alloc(56)
  entry.writeUInt32LE(1, 0)
  entry.writeUInt32LE(5, 4)
  entry.writeBigUInt64LE(BigInt(BASE), 16)
  entry.writeBigUInt64LE(BigInt(BASE), 24)
  entry.writeBigUInt64LE(BigInt(HEADERS + CODE.length), 32)
  entry.writeBigUInt64LE(BigInt(HEADERS + CODE.length), 40)
  entry.writeBigUInt64LE(4096n, 48)
  return entry
}
