/** Deliberate breaks of what durable channels promise: the seeds of `run-durable-seed.ts` have to find each of them. */
import type { Mutant, Patch } from './mutants.js'

function mutant(name: string, ...patches: readonly Patch[]): Mutant {
  return { name: `durable: ${name}`, isFound: true, seeds: 'durable', patches }
}

const UNDECIDED = `          this.counts.undecided++
          break
`

export const DURABLE_MUTANTS: readonly Mutant[] = [
  mutant('what is answered is not stored yet', {
    file: 'back/durable-channels.ts',
    find: '      else this.#add(kept, kept.partOf(outcome, this.#now), release)\n',
    replace:
      '      else {\n        release()\n        this.#add(kept, kept.partOf(outcome, this.#now), null)\n      }\n',
  }),
  mutant('what is shown is not stored yet', {
    file: 'back/channel-turns.ts',
    find: '    channel.back.commit(outcome, () => {\n',
    replace: '    if (channel.isOpen) this.stream.release(outcome.version)\n    channel.back.commit(outcome, () => {\n',
  }),
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
  mutant('numbers of sessions are restored too low', {
    file: 'back/session.ts',
    find: '    this.#received = this.#processed = image.processed\n',
    replace: '    this.#received = this.#processed = Math.max(0, image.processed - 1)\n',
  }),
  mutant('numbers of sessions are restored too high', {
    file: 'back/session.ts',
    find: '    this.#received = this.#processed = image.processed\n',
    replace: '    this.#received = this.#processed = image.processed + 1\n',
  }),
  mutant('a commit whose answer was lost counts as stored', {
    file: 'durable/commit-loop.ts',
    find: UNDECIDED,
    replace: '          this.counts.undecided++\n          return true\n',
  }),
  mutant(
    'a commit whose answer was lost counts as failed',
    {
      file: 'durable/commit-loop.ts',
      find: UNDECIDED,
      replace: '          this.counts.undecided++\n          this.#seq--\n          return false\n',
    },
    {
      file: 'durable/commit-loop.ts',
      find: '      if (!isStored) return this.#lost()\n',
      replace: '      if (!isStored && this.isFenced) return this.#lost()\n',
    },
  ),
  mutant('a second process gets a store that another one has', {
    file: 'store/memory-store.ts',
    find: '    if (isOpen) throw this.#inUse()\n',
    replace: '',
  }),
]
