/** What is logged about the images of stored channels: a part of `LOG_EVENTS`. */

export const IMAGE_LOG_EVENTS = {
  'image.differs': {
    levels: ['warn'],
    fields: ['difference'],
    meaning:
      'Below `centrum dev`: what is stored of a channel is not what its code begins with. It goes on with what is stored; `centrum dev --fresh` begins such channels anew, `stateVersion` and `migrate` change what is stored.',
  },
  'image.dropped': {
    levels: ['warn'],
    fields: ['difference'],
    meaning: 'Below `centrum dev --fresh`: a channel has begun anew, since what was stored of it did not fit its code.',
  },
  'image.unreadable': {
    levels: ['error'],
    fields: ['reason', 'error'],
    meaning:
      'A channel does not open, because of what is stored of it: it cannot be read, or not be migrated. It is kept as it is.',
  },
} as const
