/** The example with a physics world: to the bit after an orderly restart, from the poses in the state after a crash. Installs its library. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { App } from 'centrum'
import { createTestCluster } from 'centrum/testing'
import { inProject, projectRoot } from '../support/project-root.js'

interface Pose {
  readonly x: number
  readonly y: number
}
interface Yard {
  readonly steps: number
  readonly boxes: ReadonlyMap<string, Pose>
}

const STEPS = 240
const folder = mkdtempSync(join(tmpdir(), 'centrum-physics-'))
let app: App

before(async () => {
  cpSync(inProject('examples/physics'), folder, { recursive: true })
  const install = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
  execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  symlinkSync(projectRoot, join(folder, 'node_modules/centrum'))
  ;({ default: app } = (await import(pathToFileURL(join(folder, 'app.mjs')).href)) as { default: App })
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Boxes fall; after some steps the owner ends. What a client saw of each step, and what the world was made of then. */
async function fall(end: 'never' | 'orderly' | 'killed') {
  await using cluster = await createTestCluster(app, { seed: 1 })
  const ada = await cluster.connect({ userId: 'ada' })
  const yard = (await ada.link('yard/1')) as unknown as {
    readonly state: Yard
    send(name: string, payload: unknown): number
    request(name: string, input: unknown): Promise<unknown>
    onChange(listener: (state: Yard) => void): void
    onReset(listener: () => void): void
  }
  const seen = new Map<number, string>()
  let last = new Map<string, Pose>()
  let leapMax = 0
  yard.onReset(() => assert.fail('a reset'))
  yard.onChange(({ steps, boxes }) => {
    const poses = new Map([...boxes].map(([name, pose]) => [name, { ...pose }] as const))
    const known = seen.get(steps)
    const told = JSON.stringify([...poses.values()])
    // Of a step that was taken before the boxes came in the same one.
    if (known !== undefined && poses.size === last.size) assert.equal(told, known, `step ${steps} is taken back`)
    seen.set(steps, told)
    for (const [name, { x, y }] of poses) {
      const before = last.get(name)
      if (before) leapMax = Math.max(leapMax, Math.hypot(x - before.x, y - before.y))
    }
    last = poses
  })
  for (let i = 0; i < 12; i++) yard.send('drop', { x: ((i * 7) % 5) * 0.9 - 2 })
  while (yard.state.steps < STEPS / 2) await cluster.advance(50)
  if (end === 'orderly') await cluster.stop('back-1')
  if (end === 'killed') cluster.kill('back-1')
  if (end !== 'never') cluster.restart('back-1')
  while (yard.state.steps < STEPS) await cluster.advance(50)
  return { seen, leapMax, boxes: yard.state.boxes.size, from: await yard.request('restoredFrom', undefined) }
}

test('after an orderly restart the world goes on to the bit', async () => {
  const [whole, restarted] = [await fall('never'), await fall('orderly')]
  assert.deepEqual([whole.from, restarted.from, whole.boxes], ['nothing', 'image', 12])
  const compared = [...whole.seen].filter(([step]) => step > STEPS / 2 + 5 && step < STEPS)
  assert.ok(compared.length > STEPS / 3, 'steps behind the restart are compared')
  assert.equal(new Set(compared.map(([, poses]) => poses)).size > 10, true, 'the boxes still move then')
  for (const [step, poses] of compared) assert.equal(restarted.seen.get(step), poses, `step ${step}`)
})

test('after a crash the world goes on from the poses that were shown: nothing is taken back, no box leaps', async () => {
  const [whole, killed] = [await fall('never'), await fall('killed')]
  assert.deepEqual([killed.from, killed.boxes], ['poses', 12])
  assert.ok(
    killed.leapMax <= whole.leapMax * 1.2,
    `a box went ${killed.leapMax} in a step, and ${whole.leapMax} without a crash`,
  )
})
