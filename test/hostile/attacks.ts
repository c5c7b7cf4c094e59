/** Every attack there is. */
import { APPLICATIONS } from './applications.js'
import type { Attack } from './attack.js'
import { CLIENTS } from './clients.js'
import { STRANGERS } from './strangers.js'

export const ATTACKS: readonly Attack[] = [...STRANGERS, ...CLIENTS, ...APPLICATIONS]
