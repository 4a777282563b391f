import type { Content } from '../core/content.ts'
import { quote, type Script } from '../core/script.ts'
import type { Step } from './shell_step.ts'

/** The script of a step with its content at hand. */
export interface StepBody {
  readonly text: string
  /** Files on the host that hold its content, and that no later step of the exchange needs. */
  readonly staged: readonly string[]
}

/** Uploads content too long for a script, and gives the path it has on the host. */
export type Stage = (content: Content) => Promise<string>

/** The bodies of the steps of one exchange. */
export async function bodiesOf(steps: readonly Step[], stage: Stage): Promise<readonly StepBody[]> {
  const bodies: StepBody[] = []
  for (const { script } of steps) bodies.push(await bodyOf(script, stage))
  return bodies.map(withoutLater)
}

async function bodyOf(script: Script, stage: Stage): Promise<StepBody> {
  const parts: string[] = []
  const staged: string[] = []
  for (const part of script.parts) parts.push(typeof part === 'string' ? part : await printed(part, { stage, staged }))
  return { text: parts.join(''), staged }
}

/** The command that prints the content. printf is part of the shell, so the bytes stand in no argument list. */
async function printed(content: Content, { stage, staged }: { readonly stage: Stage; readonly staged: string[] }): Promise<string> {
  if (!content.inline || !content.bytes) {
    const path = await stage(content)
    staged.push(path)
    return `cat ${quote(path)}`
  }
  return content.size === 0 ? 'true' : `printf %s '${Buffer.from(content.bytes).toString('base64')}' | base64 -d`
}

function withoutLater({ text, staged }: StepBody, index: number, bodies: readonly StepBody[]): StepBody {
  const later = new Set(bodies.slice(index + 1).flatMap((body) => body.staged))
  return { text, staged: staged.filter((path) => !later.has(path)) }
}
