/** `centrum/react`: hooks for the channels of an app. */
export { createHooks } from './create-hooks.js'
export type { CentrumHooks, CentrumProviderProps, HookLinkStatus, LinkResult } from './hooks.js'
