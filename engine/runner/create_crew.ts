import type { Crew } from '../batch/crew.ts'
import { Turns } from '../core/turns.ts'
import type { Ask, CrewOptions, Hands } from './crew_options.ts'
import { expandInclude } from './expand_include.ts'
import { gather } from './first_contact.ts'
import { performTask } from './perform_task.ts'
import { Throttles } from './throttles.ts'

/** The hands of a batch: binds a task to a host, and carries it out there or here. */
export function createCrew(options: CrewOptions): Crew {
  const hands: Hands = { ...options, throttles: new Throttles(), ask: options.ask && askOnce(options.ask) }
  const unlessAborted = async <T>(begin: () => Promise<T>): Promise<T | undefined> => (options.signal.aborted ? undefined : await begin())
  return {
    perform: async (task, member) => {
      const begin = () => unlessAborted(() => performTask(task, member, hands))
      // What only waits needs no place among those at work, or the places would wait one after the other.
      return task.module.name === 'pause' ? await begin() : await options.forks(begin)
    },
    share: (task, from, to) => {
      const lesson = options.actors.get(from)?.lessons.get(task)
      if (lesson) options.actors.get(to)?.variables.learn(lesson)
    },
    expand: (include, member) => expandInclude(include, member, options),
    gather: (member) => options.forks(() => unlessAborted(() => gather(member, options))),
  }
}

/** One question at a time, and hosts that have the same one share its answer. */
function askOnce(ask: Ask): Ask {
  const turns = new Turns()
  const asked = new Map<string, Promise<void>>()
  return async (prompt) => {
    const pending = asked.get(prompt) ?? turns.take(() => ask(prompt)).finally(() => asked.delete(prompt))
    asked.set(prompt, pending)
    await pending
  }
}
