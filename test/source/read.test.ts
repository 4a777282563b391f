import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Diagnostic, Rejected } from '../../engine/core/diagnostic.ts'
import { plain } from '../../engine/core/node.ts'
import { readDocument, sourceText } from '../../engine/source/read.ts'

const test = suite('read')

test('reads a document and keeps its text for showing lines of it', () => {
  withFolder((folder) => {
    const path = join(folder, 'a.yml')
    writeFileSync(path, 'a: 1\n')
    assert.equal(plain(readDocument(path)), { a: 1 })
    assert.is(sourceText(path), 'a: 1\n')
  })
})

test('reads a document of an editor that marks its beginning as if it did not', () => {
  withFolder((folder) => {
    const path = join(folder, 'a.yml')
    writeFileSync(path, '\uFEFFa: 1\nb: 2\n')
    assert.equal(plain(readDocument(path)), { a: 1, b: 2 })
  })
})

test('says what is wrong with a file that cannot be read', () => {
  withFolder((folder) => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const latin = join(folder, 'latin')
    writeFileSync(latin, Buffer.from('a: 1\nb: caf\xe9\n', 'latin1'))
    assert.match(problem(join(folder, 'none')).message, /it does not exist$/)
    assert.match(problem(folder).message, /it is a directory$/)
    assert.match(problem(pipe).message, /pipe/)
    assert.match(problem(join(latin, 'x')).message, /no directory$/)
    assert.equal([problem(latin).code, problem(latin).origin?.line], ['not-utf8', 2])
  })
})

test('points at the place that named a missing file', () => {
  const from = { file: 'site.yml', line: 3, column: 5 }
  assert.equal(problem('/nonexistent', { from }).origin, from)
})

function problem(path: string, named: Parameters<typeof readDocument>[1] = {}): Diagnostic {
  try {
    readDocument(path, named)
  } catch (error) {
    if (error instanceof Rejected && error.diagnostics[0]) return error.diagnostics[0]
    throw error
  }
  throw new Error(`${path} was read`)
}

function withFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-read-'))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.run()
