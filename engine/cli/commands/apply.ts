import { previewAndAsk, requireAnswer } from '../agree.ts'
import { becomePassword } from '../become_password.ts'
import type { Context } from '../context.ts'
import type { applyCommand } from '../declarations/run.ts'
import type { Request } from '../declare.ts'
import type { ExitCode } from '../exit.ts'
import { exitOf, perform } from '../perform.ts'
import { prepare } from '../prepare.ts'
import { withRunReport } from '../run_report.ts'

/** Brings hosts into the state that playbooks declare: read everything, preview, ask, carry out, report. */
export async function apply(request: Request<typeof applyCommand>, context: Context): Promise<ExitCode> {
  const { flags, operands, given } = request
  const prepared = await prepare(request, context)
  requireAnswer(flags, context)
  const performance = { check: flags.check, becomePassword: await becomePassword(flags, context), flags, doing: doing(request) }
  const purpose = flags.check ? 'check' : 'apply'

  return await withRunReport(context, { command: 'apply', purpose, prepared, playbooks: operands, flags, given }, async (report) => {
    const isAgreed = flags.check || flags.yes
    const ending = isAgreed ? undefined : await previewAndAsk(prepared, { performance, report }, context)
    return ending ?? exitOf(await perform(prepared, { ...performance, emit: report.emit }, context), context)
  })
}

function doing({ operands, flags }: Request<typeof applyCommand>): string {
  return ['apply', ...operands, ...(flags.limit === undefined ? [] : ['--limit', flags.limit])].join(' ')
}
