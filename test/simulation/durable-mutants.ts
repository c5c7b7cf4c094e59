/** Deliberate breaks of what durable channels promise: the seeds of `run-durable-seed.ts` have to find each of them. */
import type { Mutant, Patch } from './mutants.js'

function mutant(name: string, ...patches: readonly Patch[]): Mutant {
  return { name: `durable: ${name}`, isFound: true, isDurable: true, patches }
}

export const DURABLE_MUTANTS: readonly Mutant[] = [
  mutant('an image is newer than its journal', {
    file: 'back/kept-channel.ts',
    find: '    return { channelId, epoch, number: this.#number, bytes, dueAt: at.dueAt, stateVersion, storedAt }\n',
    replace:
      '    return { channelId, epoch, number: this.#number - 1, bytes, dueAt: at.dueAt, stateVersion, storedAt }\n',
  }),
  mutant('the journal is trimmed too far', {
    file: 'store/memory-channels.ts',
    find: 'row.turns.filter(({ number }) => number > image.number)',
    replace: 'row.turns.filter(({ number }) => number > image.number + 1)',
  }),
  mutant('a timer fires again after a restart', {
    file: 'durable/stored-history.ts',
    find: '({ id }) => id, record.timerChanges.removed)',
    replace: '({ id }) => id, [])',
  }),
]
