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
  'image.left-to-newer': {
    levels: ['warn'],
    fields: ['reason', 'back'],
    meaning:
      'A channel was not opened here, because a later version of the app or of centrum stored it, as happens during a rolling deploy. Its links go on to another back (`back`), drawn by chance among those that may own it, until one of them can read it; null if there is none at the moment: they wait.',
  },
  'image.unreadable': {
    levels: ['error'],
    fields: ['reason', 'error'],
    meaning:
      'A channel does not open, because its stored image cannot be read or migrated. The image is left unchanged.',
  },
} as const
