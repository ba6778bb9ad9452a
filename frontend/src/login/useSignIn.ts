/** Signing in: what is typed, what is missing, and what the server says to it. */
import { nextTick, ref, useTemplateRef } from "vue";
import { useI18n } from "vue-i18n";
import { ApiError } from "@/api/client";
import { useWords } from "@/ui/words";

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly otp?: string;
}

/**
 * `login` throws an ApiError. A one-time code is asked for only when the account has one. The template calls
 * its inputs `ref="passwordInput"` and `ref="otpInput"`: what was wrong is marked to be typed over.
 */
export function useSignIn(login: (credentials: Credentials) => Promise<void>) {
  const { t } = useI18n();
  const words = useWords();
  const username = ref("");
  const password = ref("");
  const otp = ref("");
  const needsOtp = ref(false);
  const busy = ref(false);
  const failure = ref("");
  const passwordInput = useTemplateRef<HTMLInputElement>("passwordInput");
  const otpInput = useTemplateRef<HTMLInputElement>("otpInput");

  async function submit(): Promise<void> {
    if (busy.value) return;
    if (username.value.trim() === "" || password.value === "") {
      failure.value = t("login.missing");
      return;
    }
    busy.value = true;
    failure.value = "";
    try {
      const code = needsOtp.value ? { otp: otp.value.trim() } : {};
      await login({ username: username.value.trim(), password: password.value, ...code });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await explain(error);
    } finally {
      busy.value = false;
    }
  }

  async function explain(error: ApiError): Promise<void> {
    const isFirst = error.code === "otp_required" && !needsOtp.value;
    if (error.code === "otp_required") needsOtp.value = true;
    failure.value = isFirst ? "" : words.failure(error);
    await nextTick();
    if (error.code.startsWith("otp")) otpInput.value?.select();
    else if (error.code === "wrong_credentials") passwordInput.value?.select();
  }

  return { username, password, otp, needsOtp, busy, failure, submit };
}
