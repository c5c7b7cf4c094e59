/** Deliberate breaks of what durable channels promise: the seeds of `run-durable-seed.ts` have to find each of them. */
import type { Mutant, Patch } from './mutants.js'

function mutant(name: string, ...patches: readonly Patch[]): Mutant {
  return { name: `durable: ${name}`, isFound: true, isDurable: true, patches }
}

export const DURABLE_MUTANTS: readonly Mutant[] = [
  mutant('a turn is shown and answered before it is stored', {
    file: 'back/durable-channels.ts',
    find: '      else this.#add(kept, kept.partOf(outcome, this.#now), release)\n',
    replace:
      '      else {\n        this.#add(kept, kept.partOf(outcome, this.#now), null)\n        release()\n      }\n',
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
  mutant("a session's number is restored too low", {
    file: 'back/session.ts',
    find: '    this.#received = this.#processed = image.processed\n',
    replace: '    this.#received = this.#processed = Math.max(0, image.processed - 1)\n',
  }),
  mutant("a session's number is restored too high", {
    file: 'back/session.ts',
    find: '    this.#received = this.#processed = image.processed\n',
    replace: '    this.#received = this.#processed = image.processed + 1\n',
  }),
  mutant('a commit that is undecided is taken as stored', {
    file: 'durable/commit-loop.ts',
    find: '          this.counts.undecided++\n          break\n',
    replace: '          this.counts.undecided++\n          return true\n',
  }),
  mutant('a commit that is undecided is taken as failed', {
    file: 'durable/commit-loop.ts',
    find: '          this.counts.undecided++\n          break\n',
    replace: '          this.counts.undecided++\n          this.#seq--\n          return true\n',
  }),
  mutant('memory is not stored with its turn', {
    file: 'back/context-state.ts',
    find: '    return () => ({ ...this.#numbers(), memoryPatch, timerChanges, outboxChanges, peerMarks })\n',
    replace:
      '    void memoryPatch\n    return () => ({ ...this.#numbers(), memoryPatch: null, timerChanges, outboxChanges, peerMarks })\n',
  }),
  mutant('what was sent to another channel is not repeated', {
    file: 'durable/stored-history.ts',
    find: '    outbox: [...outbox.values()],\n',
    replace: '    outbox: [],\n',
  }),
]
