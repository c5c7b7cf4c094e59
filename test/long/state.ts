/**
 * The long run of state: random programs until a count of patches is reached, each mirror compared after each patch, and
 * damaged bytes beside them. `npm run test:long`; `npm run test:long -- --patches 50000 --seed 7`; with `--only` the program of
 * that seed alone.
 */
import { inspect, parseArgs } from 'node:util'
import { Dice } from '../support/dice.js'
import { playPlaces } from '../support/places-program.js'
import { type Damages, tryDamages } from '../support/state-damage.js'
import { makeProgram, type Program, runProgram } from '../support/seeded-program.js'
import { shrinkProgram } from '../support/shrink-program.js'

const TURNS = 150
/** How often each patch that is picked for it, and its keyframe, are damaged. */
const DAMAGES = 6

const { values } = parseArgs({
  options: {
    patches: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'boolean', default: false },
  },
})
const counts = { patches: 0, mutations: 0, bytes: 0 }
const damages: Damages = { tried: 0, refused: 0 }
const start = performance.now()
let seed = Number(values.seed)
let failed = 0
for (; counts.patches < Number(values.patches); seed++) {
  const program = makeProgram(seed, TURNS)
  try {
    const dice = new Dice(seed)
    runProgram(program, counts, {
      onPatch: (keyframe, patch) => tryDamages(keyframe, patch, dice, DAMAGES, damages),
    })
  } catch (error) {
    failed++
    process.stdout.write(`seed ${seed}: ${(error as Error).message}\n`)
    if (values.only) tellSmaller(program)
  }
  if (values.only) break
}
// And what needs a world of its own, a tenth as many turns: records at several places.
const turns = values.only ? 0 : Math.ceil(Number(values.patches) / 10)
for (let played = 0, place = Number(values.seed); played < turns; played += TURNS, place++) {
  try {
    playPlaces(place, TURNS)
  } catch (error) {
    failed++
    process.stdout.write(`records at several places, seed ${place}: ${(error as Error).message}\n`)
  }
}
const seconds = (performance.now() - start) / 1000
process.stdout.write(
  `${counts.patches} patches of ${counts.mutations} mutations, ${counts.bytes} bytes; ${damages.tried} damaged keyframes and ` +
    `patches, ${damages.refused} refused; seeds up to ${seed - 1}; ${turns} turns of records at several places; ${failed} failed; ${seconds.toFixed(0)} s\n`,
)
if (failed > 0) process.exitCode = 1

function tellSmaller(program: Program): void {
  const error = ({ turns }: Program): unknown => {
    try {
      runProgram({ ...program, turns }, { patches: 0, mutations: 0, bytes: 0 })
      return undefined
    } catch (thrown) {
      return thrown
    }
  }
  const small = shrinkProgram(program, (smaller) => error(smaller) !== undefined)
  process.stdout.write(`${JSON.stringify(small)}\n${inspect(error(small))}\n`)
}
