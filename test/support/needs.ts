/** What files share that run as if they were alone on this machine: notes of what it owes, content on its way to it, its own processes. */
const THIS_MACHINE = 'this machine'

const ON_LAB_HOSTS = /^import .* from '(?:\.\.?\/)+support\/(?:lab|host_round)\.ts'$/m
const ALONE = /^alone\('(.+)'\)$/gm

/** What a test file, by its source, must not share with another that runs at the same time. Lab hosts are each process's own. */
export function needsOf(source: string): readonly string[] {
  const said = Array.from(source.matchAll(ALONE), ([, shared = '']) => shared)
  return ON_LAB_HOSTS.test(source) ? said : [THIS_MACHINE, ...said]
}
