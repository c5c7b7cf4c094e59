/** The limits of each role by the option that takes them, for whoever reads or shows them: the command and its help. */
import { BACK_LIMITS } from '../back/back-limits.js'
import { FRONT_LIMITS } from '../front/front-limits.js'
import { GATEWAY_LIMITS } from '../gateway/gateway-limits.js'
import { LINK_LIMITS } from '../link/link-limits.js'

/** What `startBack` takes. */
export const BACK_ROLE_LIMITS = { limits: BACK_LIMITS, linkLimits: LINK_LIMITS } as const

/** What `startFront` takes. */
export const FRONT_ROLE_LIMITS = {
  limits: FRONT_LIMITS,
  gatewayLimits: GATEWAY_LIMITS,
  linkLimits: LINK_LIMITS,
} as const
