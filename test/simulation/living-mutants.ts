/** Deliberate breaks of clusters whose backs come and go: the seeds of `run-living-seed.ts` have to find each of them. */
import type { Mutant, Patch } from './mutants.js'

function mutant(name: string, ...patches: readonly Patch[]): Mutant {
  return { name: `living: ${name}`, isFound: true, seeds: 'living', patches }
}

export const LIVING_MUTANTS: readonly Mutant[] = [
  mutant('an owner that is fenced goes on', {
    file: 'durable/commit-loop.ts',
    find: `          this.#state = { state: 'fenced', error: appended.error }
          this.stopBeat()
          this.#host.fenced(appended.error)
          return false
`,
    replace: '          return true\n',
  }),
  mutant(
    'a run that is over writes all the same',
    {
      file: 'store/memory-journal.ts',
      find: "    if (!this.#store.isAlive(this.run)) return { outcome: 'fenced', error: this.#fenced() }\n",
      replace: '',
    },
    {
      file: 'store/memory-channels.ts',
      find: '    if (![...turns, ...images, ...released].every(isOwn)) return false\n',
      replace: '',
    },
  ),
  mutant('a claim ignores the epochs before it', {
    file: 'store/memory-channels.ts',
    find: '    row.epoch = Math.max(row.epoch, options.epochSeen) + 1\n',
    replace: '    row.epoch = options.epochSeen + 1\n',
  }),
  mutant('a claim takes what another has', {
    file: 'store/memory-channels.ts',
    find: '    if (owner !== null && runs.isAlive(owner) && owner.incarnation !== run.incarnation) {\n',
    replace: '    if (owner === run) {\n',
  }),
  mutant('a channel that is handed over forgets its sessions', {
    file: 'back/kept-channel.ts',
    find: '    const image = this.image(outcome, wall)\n    return { ...(turn',
    replace: `    const image =
      to === undefined
        ? this.image(outcome, wall)
        : this.image({ image: () => ({ ...outcome.image(), sessions: [] }), dueAt: outcome.dueAt }, wall)
    return { ...(turn`,
  }),
  mutant('a back is given up for dead though nobody misses it', {
    file: 'cluster/missed-backs.ts',
    find: '    return suspectedBy > 0 && stillMs >= (suspectedBy >= VOTES ? STILL_MS : this.#options.deadMs)\n',
    replace: '    return stillMs >= (suspectedBy >= VOTES ? STILL_MS : this.#options.deadMs)\n',
  }),
  mutant('of what the database sends one is skipped', {
    file: 'back/database-inbox.ts',
    find: '    taken.last = id\n',
    replace: '    taken.last = id + 1\n',
  }),
]
