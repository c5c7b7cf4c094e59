/**
 * The file of a unix socket that its process left behind when it was killed: asked whether anybody listens, then taken away.
 * Never removes the socket of a process that listens, nor of one that has only just begun to. Knows nothing of streams.
 */
import { type BigIntStats, existsSync, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs'
import * as net from 'node:net'
import { dirname } from 'node:path'
import { CentrumError } from '../protocol/errors.js'
import { isGone, whyNotListening } from './socket-errors.js'

/** Makes way for listening at `path`, where that may be. Rejects with `invalid-option` for a file that is no socket. */
export async function takeStaleSocket(path: string, address: string): Promise<void> {
  const folder = dirname(path)
  if (!existsSync(folder)) {
    throw new CentrumError(
      'invalid-option',
      `cannot listen at '${address}': the directory ${folder} does not exist. Create it, or choose another path`,
    )
  }
  const found = lstatSync(path, { throwIfNoEntry: false, bigint: true })
  if (found === undefined) return
  if (!found.isSocket()) {
    throw new CentrumError(
      'invalid-option',
      `cannot listen at '${address}': there is a file that is not a socket. Choose another path, or remove the file`,
    )
  }
  if (await answers(path)) return
  try {
    takeAway(path, found)
  } catch (error) {
    // Another process was quicker.
    if (!isGone(error)) throw whyNotListening(address, error)
  }
}

/** Moves the file aside before it is removed: in the meantime another process may have put its own in the place. */
function takeAway(path: string, stale: BigIntStats): void {
  const aside = `${path}.stale-${process.pid}`
  renameSync(path, aside)
  const moved = lstatSync(aside, { bigint: true })
  if (moved.ino !== stale.ino || moved.mtimeNs !== stale.mtimeNs) linkSync(aside, path)
  unlinkSync(aside)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => resolve(!isGone(error)))
  })
}
