/** The words of systemd's `OnCalendar` for a day half a year from now: no timer that is told so goes off while a test runs, at whatever hour that is. */
export function someDay(): string {
  const day = new Date(Date.now() + 183 * 24 * 3_600_000)
  return `*-${day.toISOString().slice(5, 10)} 12:00:00`
}
