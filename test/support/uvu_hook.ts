/** For Node, told so by `run_worker.ts`: who imports uvu gets `uvu_failures.ts`, and that gets uvu. */
import type { ResolveHook } from 'node:module'

const OURS = new URL('uvu_failures.js', import.meta.url).href

/** Where a module is that someone imports. */
export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === 'uvu' && context.parentURL !== OURS ? { url: OURS, shortCircuit: true } : next(specifier, context)
