/** Whoever attacks, as a process of its own: one attack after another, for as long as it is told. */
import { setTimeout as pause } from 'node:timers/promises'
import { answer } from '../../bench/processes/answer.js'
import { ATTACKS } from './attacks.js'
import type { AttackerFace } from './faces.js'
import { webSocketField } from './web-socket-field.js'

const face: AttackerFace = {
  async attack({ name, front, back, ms }) {
    const attack = ATTACKS.find((each) => each.name === name)
    if (attack === undefined) throw new Error(`there is no attack '${name}'`)
    const end = performance.now() + ms
    const next = async (pauseMs: number): Promise<boolean> => {
      await pause(pauseMs)
      return performance.now() < end
    }
    await attack.run(webSocketField({ front, back, share: 1, next }))
  },
}
answer(face)
