/**
 * Boxes that fall and pile up, in a physics world (Rapier) that outlives its process. Clients get the poses, which are state and stored with
 * each turn. The world itself, of 31 KB for 20 boxes, is too heavy for that: it goes along with images only.
 *
 * After an orderly restart the world goes on to the bit. After a crash the image is older than the state, and the world is built from the
 * poses and speeds of the last turn: nothing that a client saw is taken back, and only what bodies remember of their contacts is lost.
 *
 * Run: `npm install` in this folder, then `node server.mjs`.
 */
import RAPIER from '@dimforge/rapier2d-compat'
import { defineApp, defineChannel, unchecked } from 'centrum'

await RAPIER.init()

const TICK_MS = 50
const BOXES_MAX = 200
const SIZE = 0.5

const yard = defineChannel({
  /** `boxes`: by their names, `{ x, y, angle, dx, dy, spin }`. */
  state: () => ({ steps: 0, boxes: new Map() }),
  /** Which body of the world is which box. */
  memory: () => ({ handles: new Map(), restoredFrom: 'nothing' }),
  /** `{ world, bodies }`, the bodies by the names of their boxes. */
  local: unchecked(),
  messages: { drop: unchecked() },
  requests: { restoredFrom: { input: unchecked() } },
  durability: 'log',
  tickMs: TICK_MS,
  // Libraries refuse the bytes of older versions of themselves: raise it with theirs.
  stateVersion: 1,
}).implement({
  onOpen(ctx) {
    ctx.local = emptyYard()
  },
  onRestore(ctx, { image, imageVersion }) {
    const world = image !== null && imageVersion === ctx.version ? RAPIER.World.restoreSnapshot(image) : null
    ctx.local = world === null ? yardOfPoses(ctx) : yardOf(world, ctx.memory.handles)
    ctx.memory.restoredFrom = world === null ? 'poses' : 'image'
  },
  onImage: (ctx) => ctx.local.world.takeSnapshot(),
  onMessage: {
    drop(ctx, client, { x }) {
      if (!Number.isFinite(x) || Math.abs(x) > 9 || ctx.state.boxes.size >= BOXES_MAX) return
      const name = `${client.id}/${ctx.state.boxes.size}`
      addBox(ctx, name, { x, y: 12, angle: 0, dx: 0, dy: 0, spin: 0 })
    },
  },
  onRequest: { restoredFrom: (ctx) => ctx.memory.restoredFrom },
  onTick(ctx) {
    ctx.local.world.step()
    ctx.state.steps++
    for (const [name, body] of ctx.local.bodies) if (!body.isSleeping()) ctx.state.boxes.set(name, poseOf(body))
  },
})

export default defineApp({ channels: { 'yard/:id': yard } })

function emptyYard() {
  const world = new RAPIER.World({ x: 0, y: -9.81 })
  world.timestep = TICK_MS / 1_000
  world.createCollider(RAPIER.ColliderDesc.cuboid(10, 0.1))
  return { world, bodies: new Map() }
}

function yardOf(world, handles) {
  return { world, bodies: new Map([...handles].map(([name, handle]) => [name, world.getRigidBody(handle)])) }
}

function yardOfPoses(ctx) {
  ctx.local = emptyYard()
  for (const [name, pose] of [...ctx.state.boxes]) addBox(ctx, name, pose)
  return ctx.local
}

function addBox(ctx, name, pose) {
  const { world, bodies } = ctx.local
  const place = RAPIER.RigidBodyDesc.dynamic()
    .setTranslation(pose.x, pose.y)
    .setRotation(pose.angle)
    .setLinvel(pose.dx, pose.dy)
    .setAngvel(pose.spin)
  const body = world.createRigidBody(place)
  world.createCollider(RAPIER.ColliderDesc.cuboid(SIZE, SIZE).setRestitution(0.2), body)
  bodies.set(name, body)
  ctx.memory.handles.set(name, body.handle)
  ctx.state.boxes.set(name, poseOf(body))
}

function poseOf(body) {
  const { x, y } = body.translation()
  const { x: dx, y: dy } = body.linvel()
  return { x, y, angle: body.rotation(), dx, dy, spin: body.angvel() }
}
