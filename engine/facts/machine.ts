import type { Json } from '../core/json.ts'

/** The first line that a host told under a key, empty if there is none. */
export type One = (key: string) => string

type Leaves = { readonly [name: string]: Json }

/** Kernel, machine and what it runs in. */
export function kernel(one: One): Leaves {
  const [system = '', , release = '', machine = ''] = one('uname').split(' ')
  return {
    system,
    kernel: release,
    kernel_version: one('kernel_version'),
    machine,
    architecture: machine,
    debian_architecture: one('arch'),
    machine_id: one('machine_id'),
    boot_id: one('boot_id'),
    cmdline: one('cmdline'),
    product_name: one('product'),
    system_vendor: one('vendor'),
    virtualization_type: one('container'),
  }
}

/** Memory and swap, in megabytes. */
export function memory(mem: Map<string, string>): Leaves {
  const mb = (key: string): number => Math.floor(Number.parseInt(mem.get(key) ?? '0', 10) / 1024)
  return {
    memtotal_mb: mb('MemTotal'),
    memfree_mb: mb('MemFree'),
    memavailable_mb: mb('MemAvailable'),
    swaptotal_mb: mb('SwapTotal'),
    swapfree_mb: mb('SwapFree'),
  }
}

/** How many processors there are, and of what model. */
export function processors(cpu: readonly string[]): Leaves {
  const values = (key: string): string[] =>
    cpu.filter((line) => line.startsWith(key)).map((line) => line.slice(line.indexOf(':') + 1).trim())
  return {
    processor_vcpus: values('processor').length,
    processor_count: new Set(values('physical id')).size || 1,
    processor_model: values('model name')[0] ?? '',
  }
}
