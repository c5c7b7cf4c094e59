/**
 * Standard error as an output that nobody waits for, whatever it is: a file, a terminal, a pipe that nobody reads, a socket of a
 * service manager. Knows nothing of logs.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { LineOutput } from './line-sink.js'

const FD = 2
/** Of a socket: what may wait within Node. */
const SOCKET_BYTES_MAX = 64 * 1024

export function standardError(): LineOutput {
  try {
    const stat = fstatSync(FD)
    if (stat.isFile()) return ofDescriptor(FD)
    if (stat.isSocket()) return ofSocket()
    // A descriptor of its own: whoever shares this one still waits when it writes.
    return ofDescriptor(openSync(`/proc/self/fd/${FD}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK))
  } catch {
    return ofDescriptor(FD)
  }
}

function ofDescriptor(fd: number): LineOutput {
  return {
    write(bytes) {
      try {
        return writeSync(fd, bytes)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
        throw error
      }
    },
  }
}

function ofSocket(): LineOutput {
  const socket = new Socket({ fd: FD, readable: false, writable: true })
  socket.on('error', () => undefined)
  socket.unref()
  return {
    write(bytes) {
      if (socket.destroyed) throw new Error('standard error is closed')
      if (socket.writableLength + bytes.length > SOCKET_BYTES_MAX && socket.writableLength > 0) return 0
      socket.write(bytes)
      return bytes.length
    },
  }
}
