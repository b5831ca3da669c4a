import type { Preset } from "../Preset.ts"
import { dnb } from "./Dnb.ts"
import { genericCsv } from "./GenericCsv.ts"
import { nordea } from "./Nordea.ts"
import { sbanken } from "./Sbanken.ts"
import { spareBank1 } from "./SpareBank1.ts"

/** Every layout that is known, in the order they are tried. */
export const presets: ReadonlyArray<Preset> = [dnb, spareBank1, nordea, sbanken, genericCsv]
