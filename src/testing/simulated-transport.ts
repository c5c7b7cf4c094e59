/**
 * Streams between masters over the simulated network: what `link/` asks of a transport. Knows nothing of packets.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Stream, StreamEvents, Transport } from '../link/transport.js'
import type { ConnectionEnd, EndEvents } from './connection-end.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { SimulatedProcess } from './simulated-process.js'

/** Told the bytes of each stream, as they are written and as they arrive. */
export interface StreamTap {
  written(stream: SimulatedStream, bytes: Uint8Array): void
  arrived(stream: SimulatedStream, bytes: Uint8Array): void
}

/** One end of a stream between two masters, for those who watch. */
export interface SimulatedStream {
  readonly owner: SimulatedProcess
  readonly peer: SimulatedProcess | null
}

export function simulatedTransport(
  process: SimulatedProcess,
  network: SimulatedNetwork,
  tap: StreamTap | null,
): Transport {
  return {
    dial(address, accept, signal) {
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          giveUp()
          reject(unreachable(address, 'it took too long, or was cancelled'))
        }
        const giveUp = network.dial<Uint8Array>(
          process,
          address,
          (end) => {
            signal.removeEventListener('abort', abort)
            const events = carry(end, network, address, accept, tap)
            resolve()
            return events
          },
          (error) => {
            signal.removeEventListener('abort', abort)
            reject(unreachable(address, error.message, Object.assign(error, { code: 'ECONNREFUSED' })))
          },
        )
        if (signal.aborted) abort()
        else signal.addEventListener('abort', abort, { once: true })
      })
    },
    async listen(address, accept) {
      const stop = network.listen<Uint8Array>(process, address, (end) => {
        return carry(end, network, end.peer?.id ?? 'someone', accept, tap)
      })
      return {
        address,
        close() {
          stop()
          return Promise.resolve()
        },
      }
    },
  }
}

function unreachable(address: string, why: string, cause?: Error): CentrumError {
  return new CentrumError('unreachable', `${address} was not reached: ${why}`, { cause })
}

function carry(
  end: ConnectionEnd<Uint8Array>,
  network: SimulatedNetwork,
  peer: string,
  accept: (stream: Stream) => StreamEvents,
  tap: StreamTap | null,
): EndEvents<Uint8Array> {
  const watched: SimulatedStream = { owner: end.process, peer: end.peer }
  const events = accept({
    peer,
    write(bytes) {
      if (bytes.length === 0 || end.state !== 'open') return
      tap?.written(watched, bytes)
      const cut = bytes.length > 1 && network.splits() ? network.cutOf(bytes.length) : bytes.length
      end.send(bytes.subarray(0, cut), cut)
      if (cut < bytes.length) end.send(bytes.subarray(cut), bytes.length - cut)
    },
    get buffered() {
      return end.buffered
    },
    end: () => end.end(),
    destroy: () => end.destroy(),
  })
  return {
    onChunk(bytes) {
      tap?.arrived(watched, bytes)
      events.onBytes(bytes)
    },
    onDrained: () => events.onDrained(),
    onEnd: (error) => events.onEnd(error),
  }
}
