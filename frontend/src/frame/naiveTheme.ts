/** Naive UI's theme, derived from the tokens so that there is one place for colours. */
import type { GlobalThemeOverrides } from "naive-ui";

export function themeFromTokens(root: HTMLElement): GlobalThemeOverrides {
  const style = getComputedStyle(root);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    common: {
      fontFamily: token("font"),
      fontSize: token("font-step"),
      fontSizeMedium: token("font-step"),
      fontSizeSmall: token("font-small"),
      borderRadius: token("radius"),
      borderRadiusSmall: token("radius-small"),
      primaryColor: token("accent"),
      primaryColorHover: token("accent"),
      primaryColorPressed: token("accent"),
      primaryColorSuppl: token("accent"),
      infoColor: token("accent"),
      // Red is the alarms' alone: messages differ by icon and word.
      errorColor: token("text"),
      warningColor: token("text"),
      successColor: token("ok"),
      bodyColor: token("canvas"),
      cardColor: token("panel"),
      modalColor: token("raised"),
      popoverColor: token("raised"),
      textColorBase: token("text"),
      textColor1: token("text"),
      textColor2: token("text"),
      textColor3: token("muted"),
      borderColor: token("border"),
      dividerColor: token("border"),
      hoverColor: token("hover"),
      iconColor: token("muted"),
      boxShadow2: token("shadow"),
    },
    Dropdown: { optionHeightMedium: "30px", color: token("raised") },
    Drawer: { bodyPadding: "0", color: token("panel") },
    Message: { color: token("raised"), textColor: token("text"), boxShadow: token("shadow") },
  };
}
