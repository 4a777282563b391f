/**
 * `npm run bench`: the budgets of docs/performance.md, measured as ratios in one run on the same hosts. `npm run bench -- quick` leaves
 * out the other programs and takes about a minute.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { missing } from '../../engine/lab/missing.ts'
import { atEnd, cleanUp } from '../support/cleanup.ts'
import { startBenchLab } from './bench_lab.ts'
import { table, verdict } from './budget.ts'
import { findPrograms, NO_PROGRAMS } from './programs.ts'
import { writeProject } from './project_folder.ts'
import { measureAll } from './rows.ts'

const isQuick = process.argv.slice(2).includes('quick')
const say = (line: string): void => void process.stderr.write(`  ${line}\n`)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void finish(130))
await bench().then(finish, (error: unknown) => {
  console.error(error)
  return finish(1)
})

async function bench(): Promise<number> {
  const reasons = await missing()
  if (reasons.length > 0) throw new Error(`no lab can run here: ${reasons.join('; ')}`)
  const lab = await startBenchLab(say)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  const relays = await writeProject(folder, lab)
  const programs = isQuick ? NO_PROGRAMS : await findPrograms(say)
  const rows = await measureAll({ lab, folder, relays, programs, rounds: isQuick ? 3 : 5, say })
  console.log(`\n${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, 10 hosts on the same machine\n\n${table(rows)}`)
  return rows.some((row) => verdict(row) === 'MISS') ? 1 : 0
}

async function finish(code: number): Promise<void> {
  const problems = await cleanUp()
  for (const problem of problems) console.error(problem)
  process.exit(problems.length > 0 ? 1 : code)
}
