import type { TestHost } from './lab.ts'

/** Has journald take nothing until a unit has failed and a second more has passed, as where it has much else to do. */
export async function slowJournal(host: TestHost, unit: string): Promise<void> {
  await host.read(`pid=$(systemctl show -p MainPID --value systemd-journald); kill -STOP $pid
{ until systemctl -q is-failed ${unit}; do sleep 0.1; done; sleep 1; kill -CONT $pid; } >/dev/null 2>&1 &`)
}
