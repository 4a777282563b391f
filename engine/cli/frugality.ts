/** A run is short and mostly waits for hosts. What V8 does by default pays off in programs that compute for minutes. */
import { setFlagsFromString } from 'node:v8'

/** Has only what stays hot compiled to optimized code: V8 else spends a third of a run's CPU on code that is then hardly run. */
export function compileLittle(): void {
  setFlagsFromString('--interrupt-budget=1000000')
}

/** From here on what a run keeps of each host adds up to more than the program itself. */
const MANY_HOSTS = 100

/** Keeps the memory of a run with many hosts near what it really holds: V8 lets a heap double before it collects, if the machine has room. */
export function keepHeapSmall(hosts: number): void {
  if (hosts >= MANY_HOSTS) setFlagsFromString('--heap-growing-percent=20')
}
