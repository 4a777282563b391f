import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Event, TaskRef } from '../core/event.ts'
import { showOrigin } from '../core/origin.ts'
import { redactValue } from './redact.ts'

/** What a run's first journal line says. Options that may hold values are named, never written out. */
export interface RunStart {
  readonly command: string
  readonly version: string
  readonly playbooks: readonly string[]
  readonly inventories: readonly string[]
  readonly options: readonly string[]
  readonly operator: string
  readonly controller: string
  readonly processId: number
}

export interface Journal {
  readonly id: string
  readonly path: string
  readonly see: (event: Event) => void
  /** Writes the last line; nothing may follow. */
  readonly end: (exitCode: number) => void
}

/**
 * Opens the append-only record of one run, readable by its owner only: `runs/<time>-<id>/journal.jsonl` below the given folder,
 * and `runs/latest` pointing at it. What changed, failed or stopped is on disk before the run goes on. It holds no secrets,
 * no text differences and no output of hosts; a task with `no_log` leaves only its name and status.
 */
export function openJournal(folder: string, start: RunStart, { now = new Date(), unique }: { now?: Date; unique: string }): Journal {
  const id = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${unique}`
  const runs = join(folder, 'runs')
  for (const level of [folder, runs, join(runs, id)]) makeFolder(level)
  const path = join(runs, id, 'journal.jsonl')
  const file = openSync(path, 'ax', 0o600)
  const write = appendTo(file)
  write({ kind: 'start', ...start }, true)
  pointLatest(runs, id)
  return {
    id,
    path,
    see: (event) => {
      const line = recorded(event)
      if (line !== undefined) write(line, isImportant(event))
    },
    end: (exitCode) => {
      write({ kind: 'end', exitCode }, true)
      closeSync(file)
    },
  }
}

/** One level at a time: `recursive` says ENOENT of a file system that cannot be written. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

type Recorded = { readonly kind: string; readonly [key: string]: unknown }

/** Lines that are not important wait for the next important one, so that a quiet run costs few writes. */
function appendTo(file: number): (line: Recorded, important: boolean) => void {
  let waiting = ''
  return (line, important) => {
    waiting += `${JSON.stringify(redactValue({ at: new Date().toISOString(), ...line }))}\n`
    if (!important && waiting.length < WAITING_BYTES) return
    writeSync(file, waiting)
    waiting = ''
    if (important) fsyncSync(file)
  }
}

const WAITING_BYTES = 64 * 1024

/** The pointer is replaced in one step, so that it never points nowhere. */
function pointLatest(runs: string, id: string): void {
  const next = join(runs, `.latest-${id}`)
  symlinkSync(id, next)
  renameSync(next, join(runs, 'latest'))
}

function isImportant(event: Event): boolean {
  if (event.kind === 'result') return !CHANGES_NOTHING.has(event.result.status)
  return event.kind === 'warning' || event.kind === 'batch' || event.kind === 'stopped' || event.kind === 'recap'
}

const CHANGES_NOTHING: ReadonlySet<string> = new Set(['ok', 'skipped', 'unknown'])

function recorded(event: Event): Recorded | undefined {
  switch (event.kind) {
    case 'task':
    case 'message':
      return undefined
    case 'result':
      return recordedResult(event)
    case 'retry':
      return { kind: 'retry', host: event.host, ...named(event.task), left: event.left }
    default:
      return { ...event }
  }
}

function recordedResult({ host, task, result, delegate, rescued }: Extract<Event, { kind: 'result' }>): Recorded {
  const spoken = task.noLog
    ? {}
    : {
        ...(result.message !== undefined && { message: result.message.slice(0, LONGEST_MESSAGE) }),
        ...(result.changes.length > 0 && { changes: result.changes.map(({ what, from, to }) => ({ what, from, to })) }),
      }
  return { kind: 'result', host, ...named(task), status: result.status, ignored: result.ignored, delegate, rescued, ...spoken }
}

const LONGEST_MESSAGE = 2000

function named(task: TaskRef) {
  return { task: task.label, module: task.module, origin: showOrigin(task.origin), ...(task.handler && { handler: true }) }
}
