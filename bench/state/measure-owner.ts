/** Measures one owner by one library in a process of its own: CPU microseconds for a turn, changing and encoding. Prints that and the bytes of a patch. */
import { Encoder, type Schema } from '@colyseus/schema'
import { StateEncoder } from 'centrum/state'
import { type Form, OWNERS } from './owners.js'

const WARM_US = 1_000_000
const ROUNDS = 9
const ROUND_US = 40_000

const [name = '', form = 'plain', who = 'centrum'] = process.argv.slice(2)
const owner = OWNERS[name]?.make(form as Form)
if (owner === undefined) throw new Error(`there is no owner ${name}`)
const cpuUs = (): number => process.cpuUsage().user

function turnOf(): () => number {
  if (owner === undefined) return () => 0
  if (who === 'bare') {
    return () => {
      owner.turn(() => owner.state as never)
      return 0
    }
  }
  if (form === 'schema') {
    Encoder.BUFFER_SIZE = 4 << 20
    const encoder = new Encoder(owner.state as Schema)
    encoder.encodeAll()
    encoder.discardChanges()
    return () => {
      owner.turn(() => owner.state as never)
      const { length } = encoder.encode()
      encoder.discardChanges()
      return length
    }
  }
  const encoder = new StateEncoder<unknown>(owner.state)
  return () => {
    owner.turn(() => encoder.state as never)
    return encoder.patch()?.length ?? 0
  }
}

const turn = turnOf()
let turns = 0
let bytes = 0
const run = (us: number): number => {
  const start = cpuUs()
  let end = start
  let count = 0
  while (end - start < us) {
    for (let i = 0; i < 32; i++) bytes += turn()
    count += 32
    end = cpuUs()
  }
  turns += count
  return (end - start) / count
}
run(WARM_US)
const times = Array.from({ length: ROUNDS }, () => run(ROUND_US)).sort((a, b) => a - b)
process.stdout.write(JSON.stringify({ us: times[ROUNDS >> 1], bytes: Math.round(bytes / turns) }))
