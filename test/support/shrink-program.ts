/** A program that fails, without what it does not need to fail. Knows nothing of what programs do. */
import type { Program, Turn } from './seeded-program.js'

const TRIES_MAX = 400

/** As far as a few hundred tries go: first turns, half of them at a time and then fewer, then mutations. */
export function shrinkProgram(program: Program, fails: (program: Program) => boolean): Program {
  let { turns } = program
  let tries = 0
  const stillFails = (fewer: readonly Turn[]): boolean => {
    if (tries >= TRIES_MAX) return false
    tries += 1
    if (!fails({ ...program, turns: fewer })) return false
    turns = fewer
    return true
  }
  for (let part = turns.length; part >= 1; part = Math.floor(part / 2)) {
    let at = 0
    while (at < turns.length) {
      if (!stillFails([...turns.slice(0, at), ...turns.slice(at + part)])) at += part
    }
  }
  for (let i = 0; i < turns.length; i++) {
    let at = 0
    while (at < (turns[i]?.mutations.length ?? 0)) {
      const { seed, mutations } = turns[i] as Turn
      if (!stillFails(turns.with(i, { seed, mutations: mutations.toSpliced(at, 1) }))) at += 1
    }
  }
  return { ...program, turns }
}
