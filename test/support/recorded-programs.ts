/** Keyframes and patches of random programs and of the published vectors, damaged ones among them, to be fed to mirrors elsewhere. */
import { readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { Dice } from './dice.js'
import { inProject } from './project-root.js'
import type { Input, Replay } from './replay-mirror.js'
import { makeProgram, runProgram } from './seeded-program.js'
import { damage } from './state-damage.js'

const PATHS = [['players'], ['players', '*'], ['queue'], []]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export function recordProgram(seed: number, turns: number): Replay {
  const inputs: Input[] = []
  const dice = new Dice(seed)
  const mirror = new StateMirror()
  const other = {
    load(keyframe: Uint8Array): void {
      mirror.load(keyframe)
      inputs.push({ kind: 'load', hex: hex(keyframe) }, { kind: 'inflate', hex: hex(deflateRawSync(keyframe)) })
    },
    patch(bytes: Uint8Array): void {
      mirror.patch(bytes)
      inputs.push({ kind: 'patch', hex: hex(bytes) })
    },
    get state(): unknown {
      return mirror.state
    },
  }
  runProgram(makeProgram(seed, turns), { patches: 0, mutations: 0, bytes: 0 }, { other })
  generateCode(true)
  return { inputs, paths: PATHS.slice(dice.below(PATHS.length)) }
}

/** Damaged keyframes and patches, each followed by a sound keyframe. */
export function recordDamages(seed: number, turns: number, times: number): Replay {
  const inputs: Input[] = []
  const dice = new Dice(seed)
  const onPatch = (keyframe: Uint8Array, patch: Uint8Array): void => {
    const sound: Input = { kind: 'load', hex: hex(keyframe) }
    // Cut short only: of bytes behind the end not all platforms complain.
    const small = deflateRawSync(keyframe)
    inputs.push(sound)
    for (let i = 0; i < times; i++) {
      inputs.push(
        { kind: 'patch', hex: hex(damage(patch, dice)) },
        sound,
        { kind: 'load', hex: hex(damage(keyframe, dice)) },
        sound,
      )
      inputs.push({ kind: 'inflate', hex: hex(small.subarray(0, dice.below(small.length))) }, sound)
    }
  }
  runProgram(makeProgram(seed, turns), { patches: 0, mutations: 0, bytes: 0 }, { onPatch })
  generateCode(true)
  return { inputs, paths: PATHS.slice(0, 1) }
}

export function recordVectors(): Replay[] {
  const vectors = JSON.parse(readFileSync(inProject('test/vectors/state.json'), 'utf8')) as {
    steps: { bytes: string }[]
  }[]
  return vectors.map(({ steps }) => ({
    inputs: steps.map(({ bytes }, i) => ({ kind: i === 0 || i === steps.length - 1 ? 'load' : 'patch', hex: bytes })),
    paths: PATHS,
  }))
}
