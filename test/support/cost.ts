/** How many milliseconds of processor time the body takes: unlike time by the clock, no matter what else the machine does. */
export async function cost(body: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await body()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/**
 * How many times more the body costs at four times the size: about 4 where it grows with the size, 16 where it grows with its square.
 * What is too short to be measured counts as 50 ms.
 */
export async function growth(size: number, body: (size: number) => unknown): Promise<number> {
  const quarter = await cost(() => body(size / 4))
  return (await cost(() => body(size))) / Math.max(quarter, SHORTEST_MS)
}

const SHORTEST_MS = 50
