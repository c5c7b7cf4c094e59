/** The index of the site: which documents there are, in which order, under which heading. */
export const PAGES = {
  Start: ['start'],
  Learn: ['learn-chat', 'learn-presence', 'learn-game', 'learn-cluster'],
  Concepts: ['concepts', 'state', 'durability', 'prediction', 'glossary'],
  Recipes: ['guide', 'recipes', 'react', 'testing', 'inspector', 'tools', 'beside'],
  Operate: ['operate', 'operating', 'security', 'cli', 'options', 'limits', 'errors', 'logs', 'performance'],
  'Coming from …': ['coming-from'],
  Internals: ['protocol', '../ARCHITECTURE', '../CONTRIBUTING'],
}

/** Titles that are not the first heading of the document. */
export const TITLES = {
  'learn-chat': 'A chat',
  'learn-presence': 'Presence',
  'learn-game': 'A game with prediction',
  'learn-cluster': 'Two machines',
}
