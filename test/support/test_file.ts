let number = 0

/** Told by the runner before each test file. */
export function beginTestFile(): void {
  number++
}

/** Which test file is running, counted from 1. */
export function testFileNumber(): number {
  return number
}
