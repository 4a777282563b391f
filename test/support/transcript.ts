import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of `test/transcripts/`: commands with what they print and how they end, and below them the files they find. */
export interface Transcript {
  readonly steps: readonly Step[]
  readonly files: { readonly [path: string]: string }
}

interface Step {
  readonly command: string
  /** Standard output and standard error as a terminal would show them; a line of `...` stands for any lines. */
  readonly output: readonly string[]
  readonly code: number
}

/** Reads a transcript: `$ command`, its output, `exit N` where N is not 0; files follow `--- path`. Lines before the first `$` are its title. */
export function parseTranscript(text: string): Transcript {
  const [session = '', ...files] = text.split(/^--- (?=\S)/m)
  const [, ...steps] = session.split(/^\$ /m)
  return { steps: steps.map(parseStep), files: Object.fromEntries(files.map(parseFile)) }
}

function parseStep(text: string): Step {
  const [command = '', ...lines] = text.trimEnd().split('\n')
  const ending = /^exit (\d+)$/.exec(lines.at(-1) ?? '')
  const output = (ending ? lines.slice(0, -1) : lines).join('\n').trimEnd()
  return { command, output: output === '' ? [] : output.split('\n'), code: Number(ending?.[1] ?? 0) }
}

function parseFile(text: string): readonly [string, string] {
  const [path = '', ...lines] = text.split('\n')
  return [path.trim(), lines.join('\n')]
}

/** What really happened, in the form of the transcript, with what differs from run to run made equal. */
export interface Played {
  readonly output: readonly string[]
  readonly code: number | null
}

/** Plays a transcript with the built command in a fresh folder. */
export async function play({ steps, files }: Transcript): Promise<readonly Played[]> {
  const base = await mkdtemp(join(tmpdir(), 'holdfast-transcript-'))
  try {
    await furnish(base, files)
    const played: Played[] = []
    for (const { command } of steps) played.push(await run(command, base))
    return played
  } finally {
    await rm(base, { recursive: true })
  }
}

const MAIN = fileURLToPath(new URL('../../engine/bin/holdfast.js', import.meta.url))

async function furnish(base: string, files: Transcript['files']): Promise<void> {
  for (const folder of ['project', 'bin', 'home']) await mkdir(join(base, folder))
  await writeFile(join(base, 'bin/holdfast'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  await chmod(join(base, 'bin/holdfast'), 0o755)
  for (const [path, text] of Object.entries(files)) {
    const target = join(base, 'project', path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, text)
    if (text.startsWith('#!')) await chmod(target, 0o755)
  }
}

function run(command: string, base: string): Promise<Played> {
  const env = { PATH: `${join(base, 'bin')}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`, HOME: join(base, 'home'), LC_ALL: 'C.UTF-8' }
  return new Promise((resolve, reject) => {
    // One pipe for both streams, as on a terminal, so that their order is kept.
    const child = spawn('sh', ['-c', `{ ${command}\n} 2>&1`], {
      cwd: join(base, 'project'),
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 60_000,
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ output: evened(text, base), code }))
  })
}

function evened(text: string, base: string): readonly string[] {
  const even = text
    .replaceAll('\r\n', '\n')
    .replaceAll(join(base, 'project'), 'PROJECT')
    .replaceAll(join(base, 'home'), 'HOME')
    .replaceAll(/\b\d+(\.\d)? s\b/g, 'N s')
  return even.trimEnd() === '' ? [] : even.trimEnd().split('\n')
}

/** Whether the output is as written, where a line of `...` stands for any number of lines, and `...` in a line for any text. */
export function agrees(written: readonly string[], output: readonly string[]): boolean {
  const [first, ...rest] = written
  if (first === undefined) return output.length === 0
  if (first.trim() !== '...') return lineAgrees(first, output[0]) && agrees(rest, output.slice(1))
  return Array.from({ length: output.length + 1 }, (_, i) => i).some((i) => agrees(rest, output.slice(i)))
}

function lineAgrees(written: string, line: string | undefined): boolean {
  if (line === undefined || !written.includes('...')) return written === line
  const pattern = written.split('...').map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`).test(line)
}
