import { isUtf8 } from 'node:buffer'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { Rejected, reject } from '../../core/diagnostic.ts'
import { Secret } from '../../core/secret.ts'
import { lookAt } from '../../source/read.ts'
import { askSecret, confirm } from '../../report/ask.ts'
import { diagnosticsBlock } from '../../report/diagnostic.ts'
import { verbLine } from '../../report/verb.ts'
import { edit as editSealed, view as viewSealed } from '../../secrets/edit.ts'
import { loadRecipients } from '../../secrets/recipient.ts'
import { rekey as rekeyProject } from '../../secrets/rekey.ts'
import { replaceFile } from '../../secrets/replace_file.ts'
import { varsProblem } from '../../secrets/sealed_document.ts'
import { inlineValue, seal as sealSecret } from '../../secrets/seal.ts'
import { isSealed } from '../../source/sealed.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { editCommand, rekeyCommand, sealCommand, viewCommand } from '../declarations/project.ts'
import { type ExitCode, exit } from '../exit.ts'
import { openKeyring } from '../keyring.ts'
import { findProject } from '../project.ts'

/** Seals a file in place, or a value that is typed or piped in. */
export async function seal({ flags, operands }: Request<typeof sealCommand>, context: Context): Promise<ExitCode> {
  const [name] = operands
  const { root } = findProject(context.cwd)
  const recipients = await loadRecipients(root)
  if (name === undefined) {
    const armored = await sealSecret(await takeValue(flags.var ?? 'value', context), recipients)
    printSealed(context, flags.var === undefined ? armored : inlineValue(armored, flags.var))
    return exit.clean
  }
  const path = resolve(context.cwd, name)
  const content = await readUnsealed(path, name)
  const problem = varsProblem(content, relative(root, path))
  if (problem) throw problem
  await replaceFile(path, await sealSecret(content, recipients))
  context.screen.note(...verbLine('Sealed', `${name} · ${recipients.map(({ userId }) => userId).join(', ')}`))
  return exit.clean
}

/** Prints what a sealed file holds, byte for byte: the one command whose purpose is to show a secret. */
export async function view({ flags, operands }: Request<typeof viewCommand>, context: Context): Promise<ExitCode> {
  const [name = ''] = operands
  await readBytes(resolve(context.cwd, name), name)
  const keyring = openKeyring(context, { root: findProject(context.cwd).root, keyFile: flags.key })
  context.screen.reveal(await viewSealed(resolve(context.cwd, name), keyring))
  return exit.clean
}

/** Lets the operator's editor change a sealed file, a new one included. */
export async function edit({ flags, operands }: Request<typeof editCommand>, context: Context): Promise<ExitCode> {
  const [name = ''] = operands
  const keyring = openKeyring(context, { root: findProject(context.cwd).root, keyFile: flags.key })
  const outcome = await editSealed(resolve(context.cwd, name), {
    keyring,
    editor: (path) => openEditor(path, context),
    again: (problem) => askAgain(problem, context),
  })
  if (outcome === 'abandoned') return exit.declined
  context.screen.note(...(outcome === 'sealed' ? verbLine('Sealed', name) : verbLine('Ok', `${name} is unchanged`)))
  return exit.clean
}

/** Seals everything in the project to the present recipients. */
export async function rekey({ flags }: Request<typeof rekeyCommand>, context: Context): Promise<ExitCode> {
  const keyring = openKeyring(context, { root: findProject(context.cwd).root, keyFile: flags.key })
  const { changed, kept } = await rekeyProject(keyring)
  for (const file of changed) context.screen.note(...verbLine('Sealed', file))
  context.screen.note(...verbLine('Ok', `${changed.length} sealed anew, ${kept.length} already as they should be`))
  return exit.clean
}

/** What is sealed is no secret, and blanking a short value that happens to stand in it would break it. */
function printSealed({ screen }: Context, text: string): void {
  screen.reveal(Secret.around([], text))
}

async function takeValue(name: string, context: Context): Promise<Secret> {
  if (context.interactive)
    return (await askSecret(name, context)) ?? reject({ code: 'no-value', message: 'no value was typed', help: 'run again' })
  const pieces: Buffer[] = []
  for await (const piece of context.input) pieces.push(Buffer.from(piece))
  const text = Buffer.concat(pieces)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (text === '') reject({ code: 'no-value', message: 'there is no value on stdin', help: 'pipe it in, or run on a terminal' })
  return new Secret(name, text)
}

async function readUnsealed(path: string, name: string): Promise<Secret> {
  const bytes = await readBytes(path, name)
  if (!isUtf8(bytes)) reject({ code: 'not-utf8', message: `\`${name}\` is no text`, help: 'encode it first: `base64 -w0`' })
  const text = bytes.toString('utf8')
  if (isSealed(text))
    reject({ code: 'already-sealed', message: `\`${name}\` is sealed already`, help: 'use `holdfast secrets edit` or `rekey`' })
  return new Secret(name, text)
}

async function readBytes(path: string, name: string): Promise<Buffer> {
  const found = lookAt(path)
  if (found && !found.isFile() && !found.isDirectory())
    reject({ code: 'cannot-read', message: `cannot read \`${name}\`: it is a pipe or a device`, help: 'write it to a file first' })
  return await readFile(path).catch((error: NodeJS.ErrnoException) =>
    reject({ code: 'cannot-read', message: `cannot read \`${name}\`: the system says ${error.code}`, help: 'check the path' }),
  )
}

function openEditor(path: string, { env }: Context): Promise<void> {
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi'
  return new Promise((done, rejected) => {
    // The variable holds a command with its flags, as every other program reads it.
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'editor', path], { stdio: 'inherit' })
    child.on('error', rejected)
    child.on('exit', (code) => {
      if (code === 0) done()
      else rejected(new Rejected([{ code: 'editor', message: `the editor \`${editor}\` failed with status ${code}`, help: 'set $EDITOR' }]))
    })
  })
}

async function askAgain(problem: Rejected, context: Context): Promise<boolean> {
  // The text that was edited is a secret, so no line of it is shown.
  context.screen.notes(diagnosticsBlock(problem.diagnostics, { level: 'error', readLine: () => undefined }))
  return context.interactive && (await confirm('Edit again?', context))
}
