/** Switches: blur of amounts, language and theme, one press each. */
import { Icon } from "../controls/Icon.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { usePreferences } from "../preferences/Preferences.tsx"

export const Switches = () => {
  const { t } = useLocale()
  const { preferences, dark, change } = usePreferences()
  return (
    <div class="flex items-center gap-1.5 sm:gap-2">
      <button
        type="button"
        class="button button-quiet px-2"
        aria-pressed={preferences().hideAmounts}
        aria-label={t().top.hideAmounts}
        title={t().top.hideAmounts}
        onClick={() => change({ hideAmounts: !preferences().hideAmounts })}
      >
        <Icon name={preferences().hideAmounts ? "eye-off" : "eye"} />
      </button>
      <button
        type="button"
        class="button button-quiet px-2.5"
        lang={preferences().locale === "nb-NO" ? "en" : "nb"}
        aria-label={`${t().top.otherLanguage}: ${t().top.otherLanguageLabel}`}
        onClick={() => change({ locale: preferences().locale === "nb-NO" ? "en-NO" : "nb-NO" })}
      >
        {t().top.otherLanguage}
      </button>
      <button
        type="button"
        class="button button-quiet px-2"
        aria-label={dark() ? t().top.toLight : t().top.toDark}
        title={dark() ? t().top.toLight : t().top.toDark}
        onClick={() => change({ theme: dark() ? "light" : "dark" })}
      >
        <Icon name={dark() ? "sun" : "moon"} />
      </button>
    </div>
  )
}
