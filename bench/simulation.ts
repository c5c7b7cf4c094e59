/**
 * How much faster than real time a simulated cluster runs: a dozen busy clients in a game of two backs and two fronts, each sending ten
 * messages a second to a channel that takes twenty turns a second, with a quick network and with one that loses connections; and the
 * project's own simulation with all that it checks. The goal is at least 30 times real time for the dozen.
 *
 *     node --import tsx bench/run.ts simulation [seconds]
 */
import { performance } from 'node:perf_hooks'
import { defineApp, defineChannel, unchecked } from 'centrum'
import { createTestCluster } from 'centrum/testing'
import type { Faults } from 'centrum/testing'
import { runSeed } from '../test/simulation/run-seed.js'

const CLIENTS = 12
const MESSAGE_EVERY_MS = 100
const OWN_SEEDS = 10

const arena = defineChannel({
  state: () => ({ players: {} as { [id: string]: { x: number; y: number } } }),
  messages: { move: unchecked<{ dx: number; dy: number }>() },
  tickMs: 50,
}).implement({
  onLink: (ctx, client) => void (ctx.state.players[client.id] = { x: 0, y: 0 }),
  onUnlink: (ctx, client) => void delete ctx.state.players[client.id],
  onMessage: {
    move(ctx, client, { dx, dy }) {
      const player = ctx.state.players[client.id]
      if (player === undefined) return
      player.x += dx
      player.y += dy
    },
  },
})
const app = defineApp({ channels: { 'arena/:id': arena } })

/** Real milliseconds for so many simulated ones. */
async function dozen(simulatedMs: number, faults: Partial<Faults>): Promise<{ realMs: number; moves: number }> {
  const cluster = await createTestCluster(app, { backs: 2, fronts: 2, seed: 1, faults })
  const links = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const client = await cluster.connect({ userId: `client-${index}` })
      return client.link(`arena/${index % 2}`)
    }),
  )
  const begun = performance.now()
  let moves = 0
  for (let ms = 0; ms < simulatedMs; ms += MESSAGE_EVERY_MS) {
    for (const link of links) {
      link.send('move', { dx: 1, dy: -1 })
      moves++
    }
    await cluster.advance(MESSAGE_EVERY_MS)
  }
  const realMs = performance.now() - begun
  await cluster.close()
  return { realMs, moves }
}

function tell(what: string, simulatedMs: number, realMs: number, more: string): void {
  const times = `${(simulatedMs / realMs).toFixed(0)} times real time`
  const seconds = `${(simulatedMs / 1_000).toFixed(0)} s in ${(realMs / 1_000).toFixed(1)} s`
  process.stdout.write(`${what.padEnd(36)} ${times.padStart(22)}   ${seconds}, ${more}\n`)
}

export default async function simulation([seconds = '120']: readonly string[]): Promise<void> {
  const simulatedMs = Number(seconds) * 1_000
  await dozen(5_000, {})
  for (const [what, faults] of [
    ['a dozen busy clients', {}],
    ['a dozen, connections break', { delayMsMin: 5, delayMsMax: 40, breakEveryMs: 1_000, halfOpenChance: 0.2 }],
  ] as const) {
    const { realMs, moves } = await dozen(simulatedMs, faults)
    tell(what, simulatedMs, realMs, `${moves} messages`)
  }
  let allMs = 0
  const begun = performance.now()
  for (let seed = 1; seed <= OWN_SEEDS; seed++) allMs += (await runSeed(String(seed))).simulatedMs
  tell(`seeds 1 to ${OWN_SEEDS}, with all checks`, allMs, performance.now() - begun, `${OWN_SEEDS} seeds`)
}
