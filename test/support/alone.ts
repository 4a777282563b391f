/** What tests on lab hosts change for this machine and all its hosts, or assert of it: settings of the kernel that are not each host's own. */
export type Shared = 'kernel settings'

let held: readonly string[] = []

/** Said at the top of a test file of real hosts: no other file that says so runs meanwhile. To be written just so, since the runner reads it in the source. */
export function alone(shared: Shared): void {
  if (!held.includes(shared)) throw new Error(`the runner did not find \`alone('${shared}')\` on a line of its own`)
}

/** Told by the runner before each test file. */
export function hold(needs: readonly string[]): void {
  held = needs
}
