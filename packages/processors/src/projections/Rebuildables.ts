/** Every program whose tables can be rebuilt, by its name. */
import { rebuiltProjections } from "./RebuiltProjections.ts"

export const rebuildables = { projections: rebuiltProjections } as const

export type RebuildableName = keyof typeof rebuildables
