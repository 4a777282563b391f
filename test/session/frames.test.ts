import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Framed, FrameReader, ProtocolError } from '../../engine/session/frames.ts'

const test = suite('FrameReader')
const nonce = '00112233445566778899aabbccddeeff'

function stream(frames: readonly { rc: number | '-'; output: Uint8Array }[]): Buffer {
  return Buffer.concat(frames.flatMap(({ rc, output }, step) => [output, Buffer.from(`\n${nonce} ${step} ${rc}\n`)]))
}

function readInPieces(bytes: Buffer, cuts: readonly number[], limit = 1 << 20): Framed[] {
  const reader = new FrameReader(nonce, limit)
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...ends].flatMap((start, i) => reader.push(bytes.subarray(start, ends[i] ?? bytes.length)))
}

test('gives back any bytes, in whatever pieces they arrive', () => {
  const frame = fc.record({
    rc: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant('-' as const)),
    output: fc.uint8Array({ maxLength: 200 }),
  })
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 40 }), (frames, cuts) => {
      const read = readInPieces(stream(frames), cuts)
      assert.is(read.length, frames.length)
      for (const [step, { rc, output }] of frames.entries()) {
        assert.is(read[step]?.step, step)
        assert.is(read[step]?.rc, rc === '-' ? undefined : rc)
        assert.ok(Buffer.from(output).equals(read[step]?.output as Buffer))
      }
    }),
  )
})

test('takes output that imitates a frame for output', () => {
  const imitation = '\n00112233445566778899aabbccddeef0 0 0\n\n0 0\n'
  const [frame] = readInPieces(stream([{ rc: 0, output: Buffer.from(imitation) }]), [])
  assert.is(frame?.rc, 0)
  assert.is(String(frame?.output), imitation)
})

test('refuses a frame whose end is broken', () => {
  const reader = new FrameReader(nonce, 1000)
  assert.throws(
    () => reader.push(Buffer.from(`\n${nonce} x y\n`)),
    (error: Error) => error instanceof ProtocolError,
  )
})

test('refuses a frame that never ends', () => {
  const reader = new FrameReader(nonce, 10_000)
  assert.throws(
    () => reader.push(Buffer.from(`\n${nonce} 1 ${'1'.repeat(100)}`)),
    (error: Error) => error instanceof ProtocolError,
  )
})

test('takes a long output byte by byte without ever holding much more than it', () => {
  const reader = new FrameReader(nonce, 1 << 24)
  const before = process.memoryUsage().rss
  const piece = Buffer.alloc(1)
  for (let i = 0; i < 2_000_000; i++) reader.push(piece)
  assert.ok(process.memoryUsage().rss - before < 100_000_000, 'no object for each byte')
  assert.is(reader.push(Buffer.from(`\n${nonce} 0 0\n`))[0]?.output.length, 2_000_000)
})

test('refuses more output than its limit', () => {
  const reader = new FrameReader(nonce, 1000)
  assert.throws(
    () => {
      for (let i = 0; i < 100; i++) reader.push(Buffer.alloc(100))
    },
    (error: Error) => error instanceof ProtocolError,
  )
})

test('never throws anything else on random bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), (pieces) => {
      const reader = new FrameReader(nonce, 1000)
      try {
        for (const piece of pieces) reader.push(piece)
      } catch (error) {
        assert.instance(error, ProtocolError)
      }
    }),
  )
})

test.run()
