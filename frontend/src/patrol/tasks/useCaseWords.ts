/** How a task's case is called, in the person's language. */
import { useI18n } from "vue-i18n";
import type { Severity, TaskDetail } from "../types";

export function useCaseWords() {
  const { locale, t } = useI18n();

  function category({ category_name, category_name_en }: TaskDetail): string {
    return locale.value === "en" ? category_name_en || category_name : category_name;
  }

  return {
    category,
    /** The title, or the category where nobody has given one. */
    title: (detail: TaskDetail): string => detail.incident.title || category(detail),
    severity: ({ incident }: TaskDetail): Severity => incident.severity as Severity,
    severityName: ({ incident }: TaskDetail): string => t(`severity.name.${incident.severity}`),
  };
}
