/** The first byte of each frame, by its name: up to 0x3f a client speaks, from 0x40 a front to a client, from 0x80 a front to a back, from 0xc0 a back to a front. */
import { CLIENT_FRAMES, FRONT_FRAMES } from './client-frames.js'
import { VOLATILE } from './frame-table.js'
import { TO_BACK_FRAMES, TO_FRONT_FRAMES } from './master-frames.js'

const ALL = { ...CLIENT_FRAMES, ...FRONT_FRAMES, ...TO_BACK_FRAMES, ...TO_FRONT_FRAMES }

/** The type bytes of all frames. */
export const FRAME_BYTES = {
  ...(Object.fromEntries(Object.entries(ALL).map(([name, { byte }]) => [name, byte])) as Record<
    keyof typeof ALL,
    number
  >),
  volatile: VOLATILE,
}
