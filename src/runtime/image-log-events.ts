/** What is logged about the images of stored channels: a part of `LOG_EVENTS`. */

export const IMAGE_LOG_EVENTS = {
  'image.differs': {
    levels: ['warn'],
    fields: ['difference'],
    meaning:
      'During `centrum dev`: the stored state of a channel does not fit the initial state in the code. The channel continues with what is stored. `centrum dev --fresh` makes such channels start over; `stateVersion` and `migrate` convert what is stored.',
  },
  'image.dropped': {
    levels: ['warn'],
    fields: ['difference'],
    meaning: 'During `centrum dev --fresh`: a channel started over, because its stored state did not fit the code.',
  },
  'image.unreadable': {
    levels: ['error'],
    fields: ['reason', 'error'],
    meaning:
      'A channel does not open, because its stored image cannot be read or migrated. The image is left unchanged.',
  },
} as const
