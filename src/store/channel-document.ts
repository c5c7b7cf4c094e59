/** A stored channel as a JSON document, for files that go from one store to another. Knows no store. */
import { CentrumError } from '../protocol/errors.js'
import type { ExportedChannel, StoredImage, StoredTurn } from './store.js'

const VERSION = 1

type Text<T> = Omit<T, 'bytes' | 'channelId'> & { readonly bytes: string }

/** Bytes are base64. */
export interface ChannelDocument {
  readonly centrumChannel: typeof VERSION
  readonly channelId: string
  readonly epoch: number
  readonly isReleased: boolean
  readonly image: Text<StoredImage> | null
  readonly turns: readonly Text<StoredTurn>[]
  readonly fault: ExportedChannel['fault']
}

export function writeChannelDocument({ channelId, epoch, stored, fault }: ExportedChannel): ChannelDocument {
  const { image, turns, isReleased } = stored
  return {
    centrumChannel: VERSION,
    channelId,
    epoch,
    isReleased,
    image: image === null ? null : asText(image),
    turns: turns.map(asText),
    fault,
  }
}

/** Throws a `CentrumError` `store-mismatch` for what is no such document. */
export function readChannelDocument(value: unknown): ExportedChannel {
  if (!isDocument(value)) {
    throw new CentrumError('store-mismatch', 'The document was not written by `centrum store export`.')
  }
  if (value.centrumChannel !== VERSION) {
    throw new CentrumError(
      'store-mismatch',
      `The document has version ${value.centrumChannel}, but this version of centrum reads ${VERSION}.`,
    )
  }
  const { channelId, epoch, isReleased, image, turns, fault } = value
  const asBytes = <T extends { readonly bytes: string }>({ bytes, ...rest }: T) => ({
    ...rest,
    channelId,
    bytes: new Uint8Array(Buffer.from(bytes, 'base64')),
  })
  return {
    channelId,
    epoch,
    stored: { image: image && asBytes(image), turns: turns.map(asBytes), isReleased, isRewound: true },
    fault,
  }
}

function asText<T extends { readonly bytes: Uint8Array; readonly channelId: string }>(part: T) {
  const { channelId: _, bytes, ...rest } = part
  return { ...rest, bytes: Buffer.from(bytes).toString('base64') }
}

function isDocument(value: unknown): value is Omit<ChannelDocument, 'centrumChannel'> & { centrumChannel: number } {
  if (Object(value) !== value) return false
  const { centrumChannel, channelId, epoch, image, turns } = value as Partial<ChannelDocument>
  return (
    typeof centrumChannel === 'number' &&
    typeof channelId === 'string' &&
    Number.isSafeInteger(epoch) &&
    Array.isArray(turns) &&
    [...(turns as readonly Partial<Text<StoredTurn>>[]), ...(image ? [image] : [])].every(
      ({ bytes, number }) => typeof bytes === 'string' && Number.isSafeInteger(number),
    )
  )
}
